-- Back to one state of each file. What the public sees of a replaced file is then its newest again.

CREATE CONSTRAINT TRIGGER publication_changed
    AFTER UPDATE OF file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash,
                    focal_x, focal_y OR DELETE ON media
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION publication_changed();
DROP VIEW delivery.article_media;
DROP VIEW delivery.media;
CREATE VIEW delivery.media AS
SELECT id, kind, file_name, mime_type, size, sha256, width, height, duration_ms, dominant_colour, blurhash, focal_x, focal_y
  FROM media
 WHERE EXISTS (SELECT FROM published_media p JOIN delivery.articles a USING (publication_id) WHERE p.media_id = media.id);
DROP VIEW article_hands;
DROP TRIGGER fixed ON published_media;
DROP TRIGGER fixed ON version_media;
DROP TRIGGER pinned ON published_media;
DROP FUNCTION published_media_pinned();
CREATE INDEX published_media_by_media ON published_media (media_id);
ALTER TABLE published_media DROP revision;
DROP TRIGGER pinned ON version_media;
DROP FUNCTION version_media_pinned();
ALTER TABLE version_media DROP revision;
DROP TRIGGER media_revised ON media;
DROP TRIGGER media_made ON media;
DROP TRIGGER media_counted ON media;
DROP FUNCTION media_revised();
DROP FUNCTION media_counted();
ALTER TABLE media DROP file_revision, DROP updated_by;
DROP TABLE media_revisions;
DROP FUNCTION pins_are_fixed();
