-- What somebody did. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_actor ON events (actor_id, recorded_at DESC, id DESC);
