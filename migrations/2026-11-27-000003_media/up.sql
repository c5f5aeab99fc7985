-- The media library: what is known of files. Their bytes are in the media storage, under their digests.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What the storage may hold. A row is there before the bytes are, and goes in the transaction that removes them; no
-- record can name bytes without it.
CREATE TABLE media_contents (
    sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
    -- When somebody last began to keep these bytes: for a while they may lack a record.
    reserved_at timestamptz NOT NULL
);

-- A text without marks and capitals, as people type who are in a hurry: `dan van` for `Dân vận`.
CREATE FUNCTION media_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(translate(regexp_replace(normalize($1, NFD), '[\u0300-\u036f]', '', 'g'), 'Đđ', 'dd'));

CREATE TABLE media (
    id              uuid PRIMARY KEY,
    kind            text        NOT NULL CHECK (kind IN ('image', 'audio', 'document')),
    file_name       text        NOT NULL,
    mime_type       text        NOT NULL,
    size            bigint      NOT NULL CHECK (size >= 0),
    sha256          bytea       NOT NULL CHECK (length(sha256) = 32) REFERENCES media_contents,
    width           integer CHECK (width > 0),
    height          integer CHECK (height > 0),
    duration_ms     bigint CHECK (duration_ms >= 0),
    bit_rate_kbps   integer CHECK (bit_rate_kbps >= 0),
    dominant_colour text CHECK (dominant_colour ~ '^#[0-9a-f]{6}$'),
    blurhash        text,
    -- Where the eye goes, from 0 (left, top) to 1 (right, bottom).
    focal_x         real CHECK (focal_x BETWEEN 0 AND 1),
    focal_y         real CHECK (focal_y BETWEEN 0 AND 1),
    title           text CHECK (length(title) BETWEEN 1 AND 300),
    alt             text CHECK (length(alt) BETWEEN 1 AND 500),
    caption         text CHECK (length(caption) BETWEEN 1 AND 500),
    credit          text CHECK (length(credit) BETWEEN 1 AND 200),
    licence         text CHECK (length(licence) BETWEEN 1 AND 200),
    -- One more for each change: what the ETag is made of.
    revision        integer     NOT NULL DEFAULT 1 CHECK (revision > 0),
    created_by      uuid        NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    -- Since when nothing uses it, as far as anybody looked; null while it is used.
    unused_since    timestamptz,
    -- What it is found by.
    folded          text        NOT NULL GENERATED ALWAYS AS (media_folded(
        file_name || E'\n' || coalesce(title, '') || E'\n' || coalesce(alt, '') || E'\n' || coalesce(caption, '')
    )) STORED,
    CHECK ((focal_x IS NULL) = (focal_y IS NULL)),
    CHECK (kind <> 'image' OR (width IS NOT NULL AND height IS NOT NULL)),
    CHECK (kind <> 'audio' OR duration_ms IS NOT NULL)
);
CREATE INDEX media_newest ON media (id DESC);
CREATE INDEX media_by_content ON media (sha256);
CREATE INDEX media_unused ON media (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX media_by_text ON media USING gin (folded gin_trgm_ops);
