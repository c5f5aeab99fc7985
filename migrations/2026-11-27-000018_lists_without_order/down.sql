CREATE INDEX articles_by_author ON articles (author_id);
CREATE INDEX articles_by_type ON articles (article_type);
CREATE INDEX media_newest ON media (id DESC);
