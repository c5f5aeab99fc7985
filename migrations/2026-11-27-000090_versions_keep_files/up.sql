-- A file that a version shows stays with it: this key took the pins of versions away together with the record. That to its
-- revision is left, and holds the record too, which a revision needs.
--
-- The release before, beside this one, answers 500 where it would have removed such a file.
ALTER TABLE version_media DROP CONSTRAINT version_media_media_id_fkey;
