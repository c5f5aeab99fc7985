-- Holds the pins of before against the revisions, while writers go on: apart from the step that made them, whose locks
-- are over by now.
ALTER TABLE version_media VALIDATE CONSTRAINT version_media_media_id_revision_fkey;
ALTER TABLE published_media VALIDATE CONSTRAINT published_media_media_id_revision_fkey;
