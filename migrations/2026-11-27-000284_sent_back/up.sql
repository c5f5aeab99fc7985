-- What waits for its author.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_sent_back ON articles (created_by, updated_at, id) WHERE approval = 'rejected' AND deleted_at IS NULL;
