DROP INDEX CONCURRENTLY IF EXISTS published_articles_by_month;
