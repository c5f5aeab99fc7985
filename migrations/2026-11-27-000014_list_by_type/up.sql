-- Editors' lists by type, in their order. Takes the place of `articles_by_type`. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_of_type ON articles (article_type, updated_at DESC, id DESC);
