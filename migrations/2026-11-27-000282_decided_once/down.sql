DROP INDEX CONCURRENTLY IF EXISTS transitions_decided_once;
