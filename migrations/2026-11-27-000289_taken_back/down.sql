DROP INDEX CONCURRENTLY IF EXISTS publications_taken_back;
