-- Working copies by when they were made.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_by_creation ON articles (created_at DESC, id DESC) WHERE deleted_at IS NULL;
