-- The words of working copies, so that editors find drafts by what they say. Written together with each version; those of what was
-- there before, and of what an earlier release writes meanwhile, are added by the service.
CREATE TABLE article_words (
    article_id uuid PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    -- The version that says them.
    version    integer NOT NULL,
    -- Each once, in lower case and without marks.
    words      text[]  NOT NULL
);
CREATE INDEX article_words_by_word ON article_words USING gin (words);
