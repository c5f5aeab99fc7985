DROP TRIGGER kept_whole ON publications;
DROP TRIGGER kept ON publications;
DROP TRIGGER kept_whole ON articles;
DROP TRIGGER kept ON articles;
DROP FUNCTION published_is_kept;
