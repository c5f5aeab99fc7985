DROP INDEX CONCURRENTLY IF EXISTS events_by_key_and_kind;
