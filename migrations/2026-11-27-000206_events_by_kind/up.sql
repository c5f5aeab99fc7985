-- What of a kind was done. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_kind ON events (kind, recorded_at DESC, id DESC);
