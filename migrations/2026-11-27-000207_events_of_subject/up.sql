-- What was done to something. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_of_subject ON events (subject_id, recorded_at DESC, id DESC);
