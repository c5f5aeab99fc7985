-- Videos, and what editors should know of a file that was taken. The version before goes on writing rows of its own three
-- kinds, without warnings.

ALTER TABLE media DROP CONSTRAINT media_kind_check;
ALTER TABLE media ADD CONSTRAINT media_kind_check CHECK (kind IN ('image', 'audio', 'video', 'document')) NOT VALID;
ALTER TABLE media VALIDATE CONSTRAINT media_kind_check;

-- A column with a default that is no expression rewrites no row.
ALTER TABLE media ADD COLUMN warnings text[] NOT NULL DEFAULT '{}'
    CONSTRAINT media_warnings_check CHECK (warnings <@ '{macros,encrypted}');

ALTER TABLE media ADD CONSTRAINT media_video_check
    CHECK (kind <> 'video' OR (duration_ms IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL)) NOT VALID;
ALTER TABLE media VALIDATE CONSTRAINT media_video_check;
