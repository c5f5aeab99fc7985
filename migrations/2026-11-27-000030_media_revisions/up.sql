-- What is approved is what is public, to the byte: a version of an article shows its files as they were when it was made.
--
-- A revision is what of a file readers can see: its bytes, what they say of it, and where the eye goes. It never changes.
-- The record in `media` has the newest; the database writes the others, so that no writer can forget, this one or the one
-- of the release before.

ALTER TABLE media
    ADD file_revision integer NOT NULL DEFAULT 1 CHECK (file_revision > 0),
    -- Who made the newest change; null where a release did that knew of nobody.
    ADD updated_by uuid REFERENCES users;

CREATE TABLE media_revisions (
    media_id        uuid        NOT NULL REFERENCES media ON DELETE CASCADE,
    revision        integer     NOT NULL CHECK (revision > 0),
    file_name       text        NOT NULL,
    mime_type       text        NOT NULL,
    size            bigint      NOT NULL,
    -- Bytes stay for as long as a revision has them.
    sha256          bytea       NOT NULL REFERENCES media_contents,
    width           integer,
    height          integer,
    duration_ms     bigint,
    dominant_colour text,
    blurhash        text,
    focal_x         real,
    focal_y         real,
    made_by         uuid REFERENCES users,
    made_at         timestamptz NOT NULL,
    PRIMARY KEY (media_id, revision)
);
CREATE INDEX media_revisions_by_content ON media_revisions (sha256);

CREATE FUNCTION media_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.file_revision := OLD.file_revision;
    IF ROW(NEW.file_name, NEW.mime_type, NEW.size, NEW.sha256, NEW.width, NEW.height, NEW.duration_ms,
           NEW.dominant_colour, NEW.blurhash, NEW.focal_x, NEW.focal_y)
       IS DISTINCT FROM
       ROW(OLD.file_name, OLD.mime_type, OLD.size, OLD.sha256, OLD.width, OLD.height, OLD.duration_ms,
           OLD.dominant_colour, OLD.blurhash, OLD.focal_x, OLD.focal_y) THEN
        NEW.file_revision := OLD.file_revision + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER media_counted BEFORE UPDATE ON media FOR EACH ROW EXECUTE FUNCTION media_counted();

CREATE FUNCTION media_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO media_revisions
    VALUES (NEW.id, NEW.file_revision, NEW.file_name, NEW.mime_type, NEW.size, NEW.sha256, NEW.width, NEW.height,
            NEW.duration_ms, NEW.dominant_colour, NEW.blurhash, NEW.focal_x, NEW.focal_y,
            CASE TG_OP WHEN 'INSERT' THEN NEW.created_by ELSE NEW.updated_by END, NEW.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER media_made AFTER INSERT ON media FOR EACH ROW EXECUTE FUNCTION media_revised();
CREATE TRIGGER media_revised AFTER UPDATE ON media FOR EACH ROW
    WHEN (NEW.file_revision <> OLD.file_revision) EXECUTE FUNCTION media_revised();

-- Making the triggers has locked the table against writers: from here on none is missed.
INSERT INTO media_revisions
SELECT id, 1, file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash, focal_x, focal_y,
       created_by, updated_at
  FROM media;

ALTER TABLE media ADD FOREIGN KEY (id, file_revision) REFERENCES media_revisions DEFERRABLE INITIALLY DEFERRED;

-- Which revision a version shows: the newest there was, if its writer does not say.
ALTER TABLE version_media ADD revision integer NOT NULL DEFAULT 1;
ALTER TABLE version_media ALTER revision DROP DEFAULT;
ALTER TABLE version_media ADD FOREIGN KEY (media_id, revision) REFERENCES media_revisions NOT VALID;

CREATE FUNCTION version_media_pinned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.revision IS NULL THEN
        SELECT file_revision INTO NEW.revision FROM media WHERE id = NEW.media_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pinned BEFORE INSERT ON version_media FOR EACH ROW EXECUTE FUNCTION version_media_pinned();

-- A copy shows what its version does, whoever writes it.
ALTER TABLE published_media ADD revision integer NOT NULL DEFAULT 1;
ALTER TABLE published_media ALTER revision DROP DEFAULT;
ALTER TABLE published_media ADD FOREIGN KEY (media_id, revision) REFERENCES media_revisions NOT VALID;
CREATE INDEX published_media_by_revision ON published_media (media_id, revision);
DROP INDEX published_media_by_media;

CREATE FUNCTION published_media_pinned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT v.revision INTO NEW.revision
      FROM publications p JOIN version_media v USING (article_id, version)
     WHERE p.id = NEW.publication_id AND v.media_id = NEW.media_id;
    RETURN NEW;
END $$;
CREATE TRIGGER pinned BEFORE INSERT ON published_media FOR EACH ROW EXECUTE FUNCTION published_media_pinned();

-- What was approved cannot change afterwards.
CREATE FUNCTION pins_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER fixed BEFORE UPDATE ON media_revisions FOR EACH ROW EXECUTE FUNCTION pins_are_fixed();
CREATE TRIGGER fixed BEFORE UPDATE ON version_media FOR EACH ROW EXECUTE FUNCTION pins_are_fixed();
CREATE TRIGGER fixed BEFORE UPDATE ON published_media FOR EACH ROW EXECUTE FUNCTION pins_are_fixed();

-- Everyone who had a hand in an article, by version: who wrote one, and whose change of a file came into it in place of
-- what the version before showed.
CREATE VIEW article_hands AS
SELECT article_id, version, edited_by AS user_id FROM article_versions
UNION ALL
SELECT now.article_id, now.version, r.made_by
  FROM version_media now
  JOIN version_media before ON before.article_id = now.article_id AND before.version = now.version - 1
                           AND before.media_id = now.media_id AND before.revision < now.revision
  JOIN media_revisions r ON r.media_id = now.media_id AND r.revision > before.revision AND r.revision <= now.revision
 WHERE r.made_by IS NOT NULL;

-- What the public sees of files: each revision that a visible copy shows. Two copies may show two of one file.
CREATE OR REPLACE VIEW delivery.media AS
SELECT m.id, m.kind, r.file_name, r.mime_type, r.size, r.sha256, r.width, r.height, r.duration_ms, r.dominant_colour,
       r.blurhash, r.focal_x, r.focal_y, r.revision
  FROM media m JOIN media_revisions r ON r.media_id = m.id
 WHERE EXISTS (SELECT FROM published_media p JOIN delivery.articles a USING (publication_id)
                WHERE p.media_id = r.media_id AND p.revision = r.revision);

-- The same by the copies that show them.
CREATE VIEW delivery.article_media AS
SELECT p.publication_id, m.id, m.kind, r.file_name, r.mime_type, r.size, r.sha256, r.width, r.height, r.duration_ms,
       r.dominant_colour, r.blurhash, r.focal_x, r.focal_y
  FROM published_media p
  JOIN delivery.articles a USING (publication_id)
  JOIN media_revisions r ON r.media_id = p.media_id AND r.revision = p.revision
  JOIN media m ON m.id = r.media_id;

-- A record that changes changes nothing public any more.
DROP TRIGGER publication_changed ON media;
