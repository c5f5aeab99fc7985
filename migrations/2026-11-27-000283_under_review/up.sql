-- What waits for a decision, by when it is due.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_under_review ON articles (review_due_at, updated_at, id) WHERE approval = 'pending' AND deleted_at IS NULL;
