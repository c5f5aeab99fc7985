DROP INDEX CONCURRENTLY IF EXISTS publications_with_an_end;
