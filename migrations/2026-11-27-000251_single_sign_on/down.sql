DROP TRIGGER an_administrator_stays ON identities;
DROP TRIGGER an_administrator_stays ON users;
CREATE TRIGGER an_administrator_stays AFTER UPDATE OF disabled_at, password_hash ON users
    FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND OLD.password_hash LIKE '$argon2id$v=%'
                       AND (NEW.disabled_at IS NOT NULL OR NEW.password_hash NOT LIKE '$argon2id$v=%'))
    EXECUTE FUNCTION an_administrator_stays();
CREATE OR REPLACE FUNCTION an_administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION can_come_in(uuid, text);
UPDATE sessions SET end_reason = 'revoked' WHERE end_reason = 'provider';
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check
    CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password_changed'));
DROP TRIGGER provider_session_ends ON sessions;
DROP FUNCTION provider_session_ends();
DROP TABLE provider_sessions;
DROP TABLE identities;
