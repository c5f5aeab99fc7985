-- The event log, newest first, and what of it is old enough to go. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_time ON events (recorded_at DESC, id DESC);
