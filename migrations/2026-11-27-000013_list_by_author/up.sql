-- Editors' lists by author, in their order. Takes the place of `articles_by_author`. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_of_author ON articles (author_id, updated_at DESC, id DESC);
