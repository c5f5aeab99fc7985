-- What keeps a file in the library and its bytes in the storage, so that the rest can be purged; and what files are
-- found by.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

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

INSERT INTO version_media
SELECT DISTINCT v.article_id, v.version, m.id
  FROM article_versions v
 CROSS JOIN LATERAL (
           SELECT v.content #>> '{image,media_id}'
 UNION ALL SELECT v.content #>> '{description_image,media_id}'
 UNION ALL SELECT v.content #>> '{audio,media_id}'
 UNION ALL SELECT used ->> 'media_id'
             FROM jsonb_array_elements(CASE jsonb_typeof(v.content -> 'attachments')
                                       WHEN 'array' THEN v.content -> 'attachments' ELSE '[]' END) used
 UNION ALL SELECT found[1]
             FROM regexp_matches(v.content ->> 'body', '(?:src|href)="/media/([0-9a-f-]{36})/', 'g') found
       ) used (id)
  JOIN media m ON m.id::text = used.id;

-- Documents that a body links to count as its pictures do.
INSERT INTO article_media
SELECT a.id, m.id, 'body'
  FROM articles a
  JOIN article_versions v ON v.article_id = a.id AND v.version = a.current_version
 CROSS JOIN LATERAL regexp_matches(v.content ->> 'body', 'href="/media/([0-9a-f-]{36})/', 'g') found
  JOIN media m ON m.id::text = found[1]
    ON CONFLICT DO NOTHING;
INSERT INTO published_media
SELECT p.publication_id, used.media_id
  FROM published_articles p
  JOIN publications ON publications.id = p.publication_id
  JOIN version_media used ON used.article_id = publications.article_id AND used.version = publications.version
    ON CONFLICT DO NOTHING;

-- What the storage may hold. A row is there before the bytes are, and goes in the transaction that removes them; no
-- record can name bytes without it.
CREATE TABLE media_contents (
    sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
    -- When somebody last began to keep these bytes: for a while they may lack a record.
    reserved_at timestamptz NOT NULL
);
INSERT INTO media_contents SELECT sha256, max(updated_at) FROM media GROUP BY sha256;

-- A text without marks and capitals, as people type who are in a hurry: `dan van` for `Dân vận`.
CREATE FUNCTION media_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(translate(regexp_replace(normalize($1, NFD), '[\u0300-\u036f]', '', 'g'), 'Đđ', 'dd'));

ALTER TABLE media
    ADD FOREIGN KEY (sha256) REFERENCES media_contents,
    -- Since when nothing uses it, as far as anybody looked; null while it is used.
    ADD COLUMN unused_since timestamptz,
    ADD COLUMN folded text NOT NULL GENERATED ALWAYS AS (media_folded(
        file_name || E'\n' || coalesce(title, '') || E'\n' || coalesce(alt, '') || E'\n' || coalesce(caption, '')
    )) STORED;
CREATE INDEX media_unused ON media (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX media_by_text ON media USING gin (folded gin_trgm_ops);
