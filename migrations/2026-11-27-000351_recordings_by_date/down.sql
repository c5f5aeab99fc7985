DROP INDEX CONCURRENTLY IF EXISTS published_articles_read_aloud;
