-- Editors' lists by language. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS articles_by_locale ON articles (locale, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
