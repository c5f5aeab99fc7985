-- The trash, the last deleted first. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_in_trash ON articles (deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
