-- What of a kind somebody did, who may have done much of other kinds. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_by_actor_and_kind ON events (actor_id, kind, recorded_at DESC, id DESC);
