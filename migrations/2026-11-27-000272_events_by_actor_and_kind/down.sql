DROP INDEX CONCURRENTLY IF EXISTS events_by_actor_and_kind;
