-- What of a kind was done by a key: few of all. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_key_and_kind
    ON events (key_id, kind, recorded_at DESC, id DESC) WHERE key_id IS NOT NULL;
