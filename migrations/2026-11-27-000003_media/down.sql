DROP TABLE media;
DROP FUNCTION media_folded;
DROP TABLE media_contents;
-- The extension stays: another schema of the database may use it.
