-- Editors' lists of what waits for review. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_by_approval ON articles (approval, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
