-- Views cannot be made up at will: of an article, a block of addresses counts so many visitors in half an hour by the
-- clock and no more (docs/decisions/0009). Each view bears a digest of article and block, and each batch the bound of
-- the process that appended it, so that every replica folds it alike, whatever its own settings are.
--
-- Rows of the version before have neither, and bound nobody. It goes on with the function that it knows.
ALTER TABLE view_batches
    ADD COLUMN blocks    integer[],
    ADD COLUMN per_block integer CHECK (per_block > 0);
ALTER TABLE view_batches
    ADD CONSTRAINT view_batches_blocks_check CHECK (cardinality(blocks) = cardinality(articles)) NOT VALID,
    ADD CONSTRAINT view_batches_bound_check CHECK ((blocks IS NULL) = (per_block IS NULL)) NOT VALID,
    ALTER blocks SET STORAGE EXTERNAL;
ALTER TABLE view_batches VALIDATE CONSTRAINT view_batches_blocks_check;
ALTER TABLE view_batches VALIDATE CONSTRAINT view_batches_bound_check;

CREATE FUNCTION append_views(
    batch uuid, articles uuid[], visitors bigint[], earlier bigint[], blocks integer[], per_block integer, seen bigint
) RETURNS SETOF view_batches LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(29807);
    IF NOT EXISTS (SELECT FROM view_batches b WHERE b.number > seen AND b.id = batch) THEN
        INSERT INTO view_batches (id, counted_at, articles, visitors, earlier, blocks, per_block)
        VALUES (batch, delivery.clock(), articles, visitors, earlier, blocks, per_block);
    END IF;
    RETURN QUERY SELECT * FROM view_batches b WHERE b.number > seen ORDER BY b.number;
END
$$;
REVOKE EXECUTE ON FUNCTION append_views(uuid, uuid[], bigint[], bigint[], integer[], integer, bigint) FROM PUBLIC;
