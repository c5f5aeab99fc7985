-- Keys by which programs act for whoever made them, and where the history and the event log say so.

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    -- SHA-256 of the key, most of which is 256 random bits.
    digest       bytea       NOT NULL UNIQUE CHECK (length(digest) = 32),
    -- How it begins: by this one that was lost is found.
    prefix       text COLLATE "C" NOT NULL CHECK (prefix ~ '^ttk_[A-Za-z0-9_-]{8}$'),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- What it is limited to; to nothing but its roles where there is none.
    scopes       text[]      NOT NULL CHECK (scopes <@ ARRAY['read', 'sync', 'views']),
    -- Whether it has roles of its own. Where it has not, those of its maker count.
    has_grants   boolean     NOT NULL,
    made_by      uuid        NOT NULL REFERENCES users,
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz CHECK (expires_at > made_at),
    -- To the hour.
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_keys_by_maker ON api_keys (made_by, id);
CREATE INDEX api_keys_by_prefix ON api_keys (prefix);

-- The roles that a key was given. It never has more of them than its maker holds at the moment.
CREATE TABLE api_key_grants (
    id          uuid PRIMARY KEY,
    key_id      uuid NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    role        text NOT NULL CHECK (role IN ('author', 'editor', 'approver', 'accountant', 'admin')),
    -- With the category goes what it gave.
    category_id uuid REFERENCES categories ON DELETE CASCADE
);
CREATE INDEX api_key_grants_by_key ON api_key_grants (key_id);
CREATE INDEX api_key_grants_by_category ON api_key_grants (category_id);

-- The key by which it was done, if it was not the person in person.
ALTER TABLE events ADD COLUMN key_id uuid;
ALTER TABLE transitions ADD COLUMN key_id uuid;
ALTER TABLE transitions ADD CONSTRAINT transitions_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys NOT VALID;
