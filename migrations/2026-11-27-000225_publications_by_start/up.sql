-- The royalty report of a period reads what began in it. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS publications_by_start ON publications (starts_at, article_id);
