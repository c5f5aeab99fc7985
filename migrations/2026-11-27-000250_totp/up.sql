-- A second factor beside the password: codes of an authenticator (RFC 6238), and recovery codes for who has lost theirs.

CREATE TABLE totp_secrets (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- 160 random bits, sealed for this account by the service with a key that follows from the signing key.
    sealed       bytea       NOT NULL CHECK (length(sealed) = 48),
    made_at      timestamptz NOT NULL,
    -- Since when codes are asked for. Before that the secret waits for its first one.
    confirmed_at timestamptz CHECK (confirmed_at >= made_at),
    -- The step, of half a minute since 1970, of the last code that was taken. Nothing up to it is taken again.
    last_step    bigint CHECK (last_step > 0),
    CHECK ((confirmed_at IS NULL) = (last_step IS NULL))
);

-- Whoever writes it: a code is taken once.
CREATE FUNCTION totp_steps_rise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a code is taken once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER steps_rise BEFORE UPDATE OF last_step ON totp_secrets
    FOR EACH ROW WHEN (OLD.sealed = NEW.sealed AND NOT coalesce(NEW.last_step > OLD.last_step, OLD.last_step IS NULL))
    EXECUTE FUNCTION totp_steps_rise();

-- Each is good once, in the place of a code.
CREATE TABLE totp_recovery_codes (
    user_id uuid  NOT NULL REFERENCES totp_secrets ON DELETE CASCADE,
    -- SHA-256 of the code, which is 80 random bits.
    digest  bytea NOT NULL CHECK (length(digest) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, digest)
);
