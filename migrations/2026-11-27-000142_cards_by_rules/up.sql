-- The copies whose cards were written by earlier rules. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS published_articles_by_shown_rules ON published_articles (shown_rules);
