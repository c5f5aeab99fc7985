DROP FUNCTION forget_events(timestamptz, integer);
DROP TRIGGER kept_whole ON events;
DROP TRIGGER kept ON events;
DROP FUNCTION events_are_kept();
ALTER TABLE events DROP COLUMN address, DROP COLUMN request_id;
