ALTER TABLE article_versions ALTER content SET COMPRESSION default;
ALTER TABLE published_articles ALTER body SET COMPRESSION default;
