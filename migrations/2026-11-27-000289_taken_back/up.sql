-- What was taken back: few articles.
CREATE INDEX CONCURRENTLY IF NOT EXISTS publications_taken_back ON publications (article_id) WHERE end_reason IN ('withdrawn', 'deleted');
