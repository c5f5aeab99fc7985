DROP INDEX CONCURRENTLY IF EXISTS article_versions_by_editor;
