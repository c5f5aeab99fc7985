ALTER TABLE published_articles DROP CONSTRAINT published_articles_shown;
ALTER TABLE published_articles
    ADD CONSTRAINT published_articles_shown CHECK (shown_rules = 0 OR (shown IS NOT NULL AND tags IS NOT NULL)) NOT VALID;
