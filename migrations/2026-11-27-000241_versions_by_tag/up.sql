-- Which versions say a tag: whether one is still in use. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS article_versions_by_tag ON article_versions USING gin ((content -> 'tags') jsonb_path_ops);
