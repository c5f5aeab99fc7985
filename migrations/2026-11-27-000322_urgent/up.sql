-- What is or was urgent: few copies.
CREATE INDEX CONCURRENTLY IF NOT EXISTS published_articles_urgent ON published_articles (urgent_until) WHERE urgent_until IS NOT NULL;
