-- The library's files of one kind, the newest first. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS media_by_kind ON media (kind, id DESC);
