DROP INDEX sessions_with_origin;
ALTER TABLE sessions DROP COLUMN origin;
