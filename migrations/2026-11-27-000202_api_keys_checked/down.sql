-- A constraint cannot be made unchecked again but by making it anew.
ALTER TABLE transitions DROP CONSTRAINT transitions_key_id_fkey;
ALTER TABLE transitions ADD CONSTRAINT transitions_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys NOT VALID;
