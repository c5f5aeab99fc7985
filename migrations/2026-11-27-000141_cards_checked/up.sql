-- Looks at the copies that were there before, while the newsroom goes on writing.
ALTER TABLE published_articles VALIDATE CONSTRAINT published_articles_shown;
