ALTER TABLE transitions DROP COLUMN key_id;
ALTER TABLE events DROP COLUMN key_id;
DROP TABLE api_key_grants;
DROP TABLE api_keys;
