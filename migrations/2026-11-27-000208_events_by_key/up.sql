-- What was done by a key: few of all. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_key ON events (key_id, recorded_at DESC, id DESC) WHERE key_id IS NOT NULL;
