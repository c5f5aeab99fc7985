-- Where each session was signed in from: a keyed digest of the account and the network, so that an owner who comes back
-- from there is not slowed down by strangers. Null for sessions of before.
ALTER TABLE sessions ADD COLUMN origin bytea CHECK (length(origin) = 32);
CREATE INDEX sessions_with_origin ON sessions (created_at) WHERE origin IS NOT NULL;

-- Failed sign-ins are counted in memory from now on. The version before still writes this table while it runs beside;
-- it goes with the next release.
DELETE FROM sign_in_failures;
