-- Articles that are read aloud, by date: a page of the podcast is one range. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS published_articles_read_aloud ON published_articles (published_at DESC, article_id DESC)
 WHERE rest ? 'audio';
