-- People who sign in, and the traces their sign-ins leave.
-- Secrets are kept as digests only: a dump of these tables lets nobody in.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    -- Kept lower-case by the service, so that the unique index is the rule.
    email         text        NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL
);

-- Permissions that belong to no role and are granted singly.
CREATE TABLE user_permissions (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    permission text        NOT NULL CHECK (permission IN ('four_eyes_override')),
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, permission)
);

-- One sign-in on one device: the family of all refresh tokens that descend from it.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    user_agent   text        NOT NULL DEFAULT '' CHECK (length(user_agent) <= 300),
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password_changed')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token. The token is 256 random bits, so a fast digest is enough.
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    -- A token presented after this moment has been used before: the session ends.
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Failed sign-ins, counted by account and by address so that every replica slows the same guesser.
-- The key is a digest: addresses of people and machines are not stored.
CREATE TABLE sign_in_failures (
    key            bytea PRIMARY KEY CHECK (length(key) = 32),
    failures       integer     NOT NULL CHECK (failures > 0),
    last_failed_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (last_failed_at);
