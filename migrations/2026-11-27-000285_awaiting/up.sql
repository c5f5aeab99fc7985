-- What waits for being published.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_awaiting ON articles (updated_at, id) WHERE awaits_publication AND deleted_at IS NULL;
