ALTER TABLE version_media
    ADD CONSTRAINT version_media_media_id_fkey FOREIGN KEY (media_id) REFERENCES media ON DELETE CASCADE;
