-- What somebody is granted, which every request asks for. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS role_grants_by_user ON role_grants (user_id);
