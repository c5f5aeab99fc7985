-- What somebody has edited.
CREATE INDEX CONCURRENTLY IF NOT EXISTS article_versions_by_editor ON article_versions (edited_by, article_id);
