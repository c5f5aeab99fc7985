-- People come in by a provider of OpenID Connect, which is asked with each refresh whether it still knows them.

-- Who somebody at a provider is here.
CREATE TABLE identities (
    -- As the provider calls itself, and whom it never gives to somebody else.
    issuer    text COLLATE "C" NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
    subject   text COLLATE "C" NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    user_id   uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);

-- Sessions for which a provider vouches.
CREATE TABLE provider_sessions (
    session_id  uuid PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    issuer      text COLLATE "C" NOT NULL,
    -- The provider's refresh token, sealed for this session with a key that follows from the signing key; none where it gave none.
    sealed      bytea CHECK (length(sealed) > 28),
    -- Until then somebody is asking the provider, and nobody else does.
    asked_until timestamptz
);

-- With a session ends what its provider is asked by.
CREATE FUNCTION provider_session_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM provider_sessions WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER provider_session_ends AFTER UPDATE OF ended_at ON sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION provider_session_ends();

-- The provider may end one.
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check
    CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password_changed', 'provider')) NOT VALID;

-- Whoever can come in by a provider administers the site as whoever has a password does.
CREATE FUNCTION can_come_in(person uuid, password_hash text) RETURNS boolean LANGUAGE sql STABLE
    RETURN password_hash LIKE '$argon2id$v=%' OR EXISTS (SELECT FROM identities WHERE user_id = person);

CREATE OR REPLACE FUNCTION an_administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        IF NOT can_come_in(OLD.id, OLD.password_hash)
           OR NOT EXISTS (SELECT FROM role_grants WHERE user_id = OLD.id AND role = 'admin' AND category_id IS NULL) THEN
            RETURN NULL;
        END IF;
    ELSIF TG_TABLE_NAME = 'identities' THEN
        IF NOT EXISTS (SELECT FROM role_grants JOIN users ON users.id = user_id
                        WHERE user_id = OLD.user_id AND role = 'admin' AND category_id IS NULL AND disabled_at IS NULL) THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id AND disabled_at IS NULL AND can_come_in(id, password_hash)) THEN
        -- Whoever was none in fact.
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(29802);
    IF NOT EXISTS (
        SELECT FROM role_grants JOIN users ON users.id = user_id
         WHERE role = 'admin' AND category_id IS NULL AND disabled_at IS NULL AND can_come_in(users.id, password_hash)
    ) THEN
        RAISE EXCEPTION 'this is the last administrator'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_stays';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER an_administrator_stays ON users;
CREATE TRIGGER an_administrator_stays AFTER UPDATE OF disabled_at, password_hash ON users
    FOR EACH ROW WHEN (OLD.disabled_at IS NULL
                       AND (NEW.disabled_at IS NOT NULL
                            OR OLD.password_hash LIKE '$argon2id$v=%' AND NEW.password_hash NOT LIKE '$argon2id$v=%'))
    EXECUTE FUNCTION an_administrator_stays();
CREATE TRIGGER an_administrator_stays AFTER DELETE OR UPDATE ON identities
    FOR EACH ROW EXECUTE FUNCTION an_administrator_stays();
