-- What expires: few articles.
CREATE INDEX CONCURRENTLY IF NOT EXISTS publications_with_an_end ON publications (expires_at, article_id) WHERE expires_at IS NOT NULL;
