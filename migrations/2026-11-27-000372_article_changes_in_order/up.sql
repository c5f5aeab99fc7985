-- The log that partners follow is read in its order, from a place on. Behind a barrier the planner does not know that order, and
-- sorted for each page all that comes after it.
ALTER VIEW delivery.article_changes RESET (security_barrier);
