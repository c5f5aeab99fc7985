-- What editors have not saved yet, and who is editing. Neither is part of an article: no version, no history, no event,
-- no entity tag knows of them.

-- One buffer for each editor and article.
CREATE TABLE article_autosaves (
    article_id uuid        NOT NULL,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Written fields, as far as they have been typed.
    content    jsonb       NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    -- What the article was at then.
    version    integer     NOT NULL,
    saved_at   timestamptz NOT NULL,
    PRIMARY KEY (article_id, user_id),
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE
);

-- Whoever saves needs the buffer no more, whichever way they saved and whichever release they did it with. A first version
-- has none before it.
CREATE FUNCTION autosave_was_saved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM article_autosaves WHERE article_id = NEW.article_id AND user_id = NEW.edited_by;
    RETURN NULL;
END $$;
CREATE TRIGGER autosave_was_saved AFTER INSERT ON article_versions
    FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION autosave_was_saved();

-- Who is editing, until when: compared with the clock when it is read, so nothing has to end it.
CREATE TABLE article_leases (
    article_id uuid PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    ends_at    timestamptz NOT NULL
);
