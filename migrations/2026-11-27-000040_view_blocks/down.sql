DROP FUNCTION append_views(uuid, uuid[], bigint[], bigint[], integer[], integer, bigint);
ALTER TABLE view_batches DROP COLUMN blocks, DROP COLUMN per_block;
