-- Working copies: what editors see. Nothing here is ever read for the public.

-- An article's identity, where its working copy stands, and those fields of the current version that lists filter on
-- and that must point at something real. The newsroom's desk writes the latter together with the version.
CREATE TABLE articles (
    id              uuid PRIMARY KEY,
    approval        text        NOT NULL CHECK (approval IN ('draft', 'pending', 'approved', 'rejected')),
    current_version integer     NOT NULL,
    -- One more for each accepted edit and transition, and for nothing else: what the ETag is made of.
    revision        bigint      NOT NULL CHECK (revision > 0),
    title           text CHECK (length(title) BETWEEN 1 AND 300),
    slug            text COLLATE "C",
    locale          text        NOT NULL,
    category_id     uuid REFERENCES categories,
    article_type    text REFERENCES article_types,
    author_id       uuid REFERENCES authors,
    legacy_id       bigint UNIQUE CHECK (legacy_id > 0),
    -- Whether the current version has all that `submit` asks for: lists tell so without reading bodies.
    complete        boolean     NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by      uuid        NOT NULL REFERENCES users,
    updated_at      timestamptz NOT NULL,
    updated_by      uuid        NOT NULL REFERENCES users,
    deleted_at      timestamptz,
    deleted_by      uuid REFERENCES users,
    in_trash        boolean     NOT NULL GENERATED ALWAYS AS (deleted_at IS NOT NULL) STORED,
    UNIQUE (id, in_trash),
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL)),
    CHECK (updated_at >= created_at)
);
CREATE INDEX articles_by_change ON articles (updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_category ON articles (category_id, updated_at DESC, id DESC);
CREATE INDEX articles_by_owner ON articles (created_by, updated_at DESC, id DESC);
CREATE INDEX articles_by_author ON articles (author_id);
CREATE INDEX articles_by_type ON articles (article_type);

-- Every slug an article holds: that of its working copy and all that were ever public.
-- The primary key makes slugs unique over the whole site; they are free again when the article is purged.
CREATE TABLE slugs (
    slug       text COLLATE "C" PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    article_id uuid NOT NULL REFERENCES articles ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (slug, article_id)
);
CREATE INDEX slugs_by_article ON slugs (article_id);

-- Immutable full snapshots: the written fields as JSON, references by id.
CREATE TABLE article_versions (
    article_id uuid        NOT NULL REFERENCES articles ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    version    integer     NOT NULL CHECK (version > 0),
    content    jsonb       NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    edited_by  uuid        NOT NULL REFERENCES users,
    edited_at  timestamptz NOT NULL,
    PRIMARY KEY (article_id, version),
    CHECK (octet_length(content ->> 'body') <= 1048576),
    CHECK (length(content ->> 'summary') <= 1000),
    CHECK (length(content ->> 'title') BETWEEN 1 AND 300)
);

ALTER TABLE articles
    ADD FOREIGN KEY (id, current_version) REFERENCES article_versions DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY (slug, id) REFERENCES slugs (slug, article_id) DEFERRABLE INITIALLY DEFERRED;

-- What the working copy uses; a file in use cannot be deleted.
CREATE TABLE article_media (
    article_id uuid    NOT NULL REFERENCES articles ON DELETE CASCADE,
    media_id   uuid    NOT NULL REFERENCES media,
    place      text    NOT NULL CHECK (place IN ('image', 'description_image', 'audio', 'attachment', 'body')),
    PRIMARY KEY (article_id, media_id, place)
);
CREATE INDEX article_media_by_media ON article_media (media_id);

-- What each version uses. A version may be restored as long as its article exists, in the trash too, so a file that one
-- names is not purged. Whoever deletes a file by hand may still do so: the row goes with it.
CREATE TABLE version_media (
    article_id uuid    NOT NULL,
    version    integer NOT NULL,
    media_id   uuid    NOT NULL REFERENCES media ON DELETE CASCADE,
    PRIMARY KEY (article_id, version, media_id),
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE
);
CREATE INDEX version_media_by_media ON version_media (media_id);

-- The history ("Lịch sử"): each row names the version it was about.
CREATE TABLE transitions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id    uuid        NOT NULL,
    version       integer     NOT NULL,
    name          text        NOT NULL CHECK (name IN ('submit', 'recall', 'approve', 'reject', 'publish', 'unschedule', 'unpublish')),
    from_approval text        NOT NULL CHECK (from_approval IN ('draft', 'pending', 'approved', 'rejected')),
    to_approval   text        NOT NULL CHECK (to_approval IN ('draft', 'pending', 'approved', 'rejected')),
    actor_id      uuid        NOT NULL REFERENCES users,
    at            timestamptz NOT NULL,
    comment       text CHECK (length(comment) BETWEEN 1 AND 2000),
    publish_at    timestamptz,
    expires_at    timestamptz,
    -- True where the four-eyes rule was overridden.
    overridden    boolean     NOT NULL DEFAULT false,
    FOREIGN KEY (article_id, version) REFERENCES article_versions ON DELETE CASCADE,
    UNIQUE (id, article_id, version, name),
    CHECK (name <> 'reject' OR comment IS NOT NULL),
    CHECK (NOT overridden OR (name = 'approve' AND comment IS NOT NULL)),
    CHECK (publish_at IS NULL OR name = 'publish'),
    CHECK (expires_at IS NULL OR name = 'publish')
);
CREATE INDEX transitions_by_article ON transitions (article_id, id);

-- History is written once. A row goes only together with its article.
CREATE FUNCTION history_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM articles WHERE id = OLD.article_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON article_versions
    FOR EACH ROW EXECUTE FUNCTION history_is_immutable();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON transitions
    FOR EACH ROW EXECUTE FUNCTION history_is_immutable();

-- What a piece earns its writer ("Số tiền"): the highest revision counts, the others are its history.
CREATE TABLE royalties (
    article_id uuid        NOT NULL REFERENCES articles ON DELETE CASCADE,
    revision   integer     NOT NULL CHECK (revision > 0),
    -- In the currency's smallest unit (ISO 4217); the đồng has no smaller one.
    amount     bigint      NOT NULL CHECK (amount >= 0),
    currency   text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    set_by     uuid        NOT NULL REFERENCES users,
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (article_id, revision)
);

-- What happened, written in the transaction in which it happened.
CREATE TABLE events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Readers that must miss nothing read only what is older than every transaction still running.
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    kind        text        NOT NULL CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'),
    subject_id  uuid        NOT NULL,
    actor_id    uuid,
    data        jsonb       NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL
);
CREATE INDEX events_by_subject ON events (subject_id, id);

-- Snapshots in LZ4, where the server has it: of about the same size as PostgreSQL's own compression, and read and
-- written in a fraction of its time.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE article_versions ALTER content SET COMPRESSION lz4;
    END IF;
END $$;
