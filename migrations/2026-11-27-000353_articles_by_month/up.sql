-- When the last article of a month changed, for the index of sitemaps. Built beside those who write.
CREATE INDEX CONCURRENTLY IF NOT EXISTS published_articles_by_month
    ON published_articles (date_trunc('month', published_at AT TIME ZONE 'Asia/Ho_Chi_Minh'), last_published_at DESC);
