-- Nobody decides twice in one review, but by the override.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS transitions_decided_once ON transitions (review_id, actor_id) WHERE review_id IS NOT NULL AND NOT overridden;
