-- Videos stay, as files to be downloaded.

ALTER TABLE media DROP CONSTRAINT media_video_check;
ALTER TABLE media DROP COLUMN warnings;
ALTER TABLE media DROP CONSTRAINT media_kind_check;
UPDATE media SET kind = 'document' WHERE kind = 'video';
ALTER TABLE media ADD CONSTRAINT media_kind_check CHECK (kind IN ('image', 'audio', 'document'));
