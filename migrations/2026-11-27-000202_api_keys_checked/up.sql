-- Looks through the history for the constraint of the migration before, beside those who write it.
ALTER TABLE transitions VALIDATE CONSTRAINT transitions_key_id_fkey;
