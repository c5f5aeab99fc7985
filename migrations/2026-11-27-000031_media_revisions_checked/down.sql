-- Unchecked again, as the step before leaves them.
ALTER TABLE version_media DROP CONSTRAINT version_media_media_id_revision_fkey;
ALTER TABLE version_media ADD FOREIGN KEY (media_id, revision) REFERENCES media_revisions NOT VALID;
ALTER TABLE published_media DROP CONSTRAINT published_media_media_id_revision_fkey;
ALTER TABLE published_media ADD FOREIGN KEY (media_id, revision) REFERENCES media_revisions NOT VALID;
