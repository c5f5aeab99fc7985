-- What is known of media beside their bytes, and which of them the public may have.

ALTER TABLE media
    ADD COLUMN bit_rate_kbps   integer CHECK (bit_rate_kbps >= 0),
    ADD COLUMN dominant_colour text CHECK (dominant_colour ~ '^#[0-9a-f]{6}$'),
    ADD COLUMN blurhash        text,
    -- Where the eye goes, from 0 (left, top) to 1 (right, bottom).
    ADD COLUMN focal_x         real CHECK (focal_x BETWEEN 0 AND 1),
    ADD COLUMN focal_y         real CHECK (focal_y BETWEEN 0 AND 1),
    ADD COLUMN title           text CHECK (length(title) BETWEEN 1 AND 300),
    ADD COLUMN alt             text CHECK (length(alt) BETWEEN 1 AND 500),
    ADD COLUMN caption         text CHECK (length(caption) BETWEEN 1 AND 500),
    ADD COLUMN credit          text CHECK (length(credit) BETWEEN 1 AND 200),
    ADD COLUMN licence         text CHECK (length(licence) BETWEEN 1 AND 200),
    -- One more for each change: what the ETag is made of.
    ADD COLUMN revision        integer     NOT NULL DEFAULT 1 CHECK (revision > 0),
    ADD COLUMN updated_at      timestamptz NOT NULL DEFAULT now(),
    ADD CHECK ((focal_x IS NULL) = (focal_y IS NULL)),
    ADD CHECK (kind <> 'image' OR (width IS NOT NULL AND height IS NOT NULL)),
    ADD CHECK (kind <> 'audio' OR duration_ms IS NOT NULL);
CREATE INDEX media_newest ON media (id DESC);
CREATE INDEX media_by_content ON media (sha256);

-- What a published copy uses. The bytes are public exactly while one of these copies is.
CREATE TABLE published_media (
    publication_id uuid NOT NULL REFERENCES published_articles ON DELETE CASCADE,
    media_id       uuid NOT NULL REFERENCES media,
    PRIMARY KEY (publication_id, media_id)
);
CREATE INDEX published_media_by_media ON published_media (media_id);

CREATE VIEW delivery.media AS
SELECT id, kind, file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash, focal_x, focal_y
  FROM media
 WHERE EXISTS (SELECT FROM published_media p JOIN delivery.articles a USING (publication_id) WHERE p.media_id = media.id);
