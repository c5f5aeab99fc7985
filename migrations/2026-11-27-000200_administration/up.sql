-- People are invited, granted roles and disabled over the API.

-- One more with each change of the account or its grants: what its ETag is made of.
ALTER TABLE users ADD COLUMN revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0);

-- The list of users is in the order of a Vietnamese dictionary. There are never many.
CREATE INDEX users_by_name ON users (name COLLATE "vi-x-icu", id);

-- The one invitation of each user that counts: an earlier one ends with it. Its row stays once it is used, so that who comes
-- with it again is told so.
CREATE TABLE invites (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- SHA-256 of the token, which is 256 random bits.
    digest     bytea       NOT NULL UNIQUE CHECK (length(digest) = 32),
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
    used_at    timestamptz
);

-- Somebody stays who can administer the whole site: not disabled, and with a password of their own. Those who take it from
-- somebody come one after the other, so that two who take it from each other do not both succeed.
CREATE FUNCTION an_administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        IF NOT EXISTS (SELECT FROM role_grants WHERE user_id = OLD.id AND role = 'admin' AND category_id IS NULL) THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id AND disabled_at IS NULL AND password_hash LIKE '$argon2id$v=%') THEN
        -- Whoever was none in fact.
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(29802);
    IF NOT EXISTS (
        SELECT FROM role_grants JOIN users ON users.id = user_id
         WHERE role = 'admin' AND category_id IS NULL AND disabled_at IS NULL AND password_hash LIKE '$argon2id$v=%'
    ) THEN
        RAISE EXCEPTION 'this is the last administrator'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_stays';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER an_administrator_stays AFTER UPDATE OF disabled_at, password_hash ON users
    FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND OLD.password_hash LIKE '$argon2id$v=%'
                       AND (NEW.disabled_at IS NOT NULL OR NEW.password_hash NOT LIKE '$argon2id$v=%'))
    EXECUTE FUNCTION an_administrator_stays();
CREATE TRIGGER an_administrator_stays AFTER DELETE OR UPDATE ON role_grants
    FOR EACH ROW WHEN (OLD.role = 'admin' AND OLD.category_id IS NULL)
    EXECUTE FUNCTION an_administrator_stays();
