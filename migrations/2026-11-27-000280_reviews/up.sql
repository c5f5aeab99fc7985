-- Reviews in stages: which stages there are where, and at which one an article is.

-- The stages of a category and all below it, until a category below says otherwise. None: those of the category above; where
-- nobody says anything there is one stage, of approvers.
CREATE TABLE review_stages (
    category_id uuid PRIMARY KEY REFERENCES categories ON DELETE CASCADE,
    revision    integer     NOT NULL CHECK (revision > 0),
    stages      jsonb CHECK (jsonb_typeof(stages) = 'array' AND jsonb_array_length(stages) BETWEEN 1 AND 10),
    set_by      uuid        NOT NULL REFERENCES users,
    set_at      timestamptz NOT NULL
);

-- The stages that an article was submitted to, how far it has come, and who is at it. Kept with the article, so that one lock
-- holds both; gone when the review is over. None for what was submitted to the one stage of approvers by an earlier release.
ALTER TABLE articles ADD COLUMN review jsonb;
ALTER TABLE articles ADD COLUMN review_due_at timestamptz;
-- The stage that a review is at; the one of approvers where no more is known.
CREATE FUNCTION review_stage(review jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(review -> 'stages' -> (review ->> 'stage')::integer, '{"name": "Phê duyệt", "role": "approver", "users": []}')
$$;
-- Approved, and its version was never published nor is to be.
ALTER TABLE articles ADD COLUMN awaits_publication boolean NOT NULL DEFAULT false;
ALTER TABLE articles ADD CONSTRAINT articles_review_check CHECK (
    review IS NULL OR (approval = 'pending' AND (review ->> 'stage')::integer BETWEEN 0 AND jsonb_array_length(review -> 'stages') - 1)
) NOT VALID;

UPDATE articles SET awaits_publication = true
 WHERE approval = 'approved'
   AND NOT EXISTS (SELECT FROM publications p WHERE p.article_id = articles.id AND p.version = articles.current_version);

-- What follows from where an article stands, whichever release moves it.
CREATE FUNCTION article_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approval IS DISTINCT FROM OLD.approval THEN
        NEW.awaits_publication := NEW.approval = 'approved';
    END IF;
    IF NEW.approval <> 'pending' THEN
        NEW.review := NULL;
    END IF;
    NEW.review_due_at := (NEW.review #>> ARRAY['stages', NEW.review ->> 'stage', 'due_at'])::timestamptz;
    RETURN NEW;
END $$;
CREATE TRIGGER article_stands BEFORE UPDATE ON articles
    FOR EACH ROW WHEN (NEW.approval IS DISTINCT FROM OLD.approval OR NEW.review IS DISTINCT FROM OLD.review)
    EXECUTE FUNCTION article_stands();

-- Which stage a decision was about, and in which review: that which began with the submission of this number.
ALTER TABLE transitions ADD COLUMN stage text CHECK (length(stage) BETWEEN 1 AND 80);
ALTER TABLE transitions ADD COLUMN review_id bigint;

-- No stage is skipped: what makes an article approved decides the last one.
CREATE FUNCTION stages_are_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added t JOIN articles a ON a.id = t.article_id
         WHERE t.name = 'approve' AND t.to_approval = 'approved'
           AND (a.review ->> 'stage')::integer < jsonb_array_length(a.review -> 'stages') - 1
    ) THEN
        RAISE EXCEPTION 'a review is over only after its last stage' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stages_are_decided AFTER INSERT ON transitions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stages_are_decided();

-- A publication rests on the approval that ended a review, not on that of one stage; and what it publishes waits no longer.
CREATE FUNCTION publication_was_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added p JOIN transitions t ON t.id = p.approval_id WHERE t.to_approval <> 'approved') THEN
        RAISE EXCEPTION 'a publication rests on a whole review' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE articles a SET awaits_publication = false
      FROM added p WHERE a.id = p.article_id AND a.current_version = p.version AND a.awaits_publication;
    RETURN NULL;
END $$;
CREATE TRIGGER publication_was_made AFTER INSERT ON publications
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION publication_was_made();

-- What was to be published, and is not any more, waits again.
CREATE FUNCTION publication_was_called_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE articles a SET awaits_publication = true
      FROM removed p
     WHERE a.id = p.article_id AND a.approval = 'approved' AND a.current_version = p.version
       AND NOT EXISTS (SELECT FROM publications o WHERE o.article_id = a.id AND o.version = a.current_version);
    RETURN NULL;
END $$;
CREATE TRIGGER publication_was_called_off AFTER DELETE ON publications
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION publication_was_called_off();

-- What is said of an article beside its review, without deciding anything.
CREATE TABLE article_comments (
    id         uuid PRIMARY KEY,
    article_id uuid        NOT NULL,
    -- What the article was at.
    version    integer     NOT NULL,
    text       text        NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    author_id  uuid        NOT NULL REFERENCES users,
    key_id     uuid REFERENCES api_keys,
    at         timestamptz NOT NULL,
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE
);
CREATE INDEX article_comments_by_article ON article_comments (article_id, at DESC, id DESC);
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON article_comments
    FOR EACH ROW EXECUTE FUNCTION history_is_immutable();
