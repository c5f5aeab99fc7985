-- The extension stays: others may have come to use it.
ALTER TABLE media DROP COLUMN folded, DROP COLUMN unused_since, DROP CONSTRAINT media_sha256_fkey;
DROP FUNCTION media_folded;
DROP TABLE media_contents;
DROP TABLE version_media;
