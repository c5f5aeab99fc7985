CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_subject ON events (subject_id, id);
