-- A constraint cannot be made unchecked again but by making it anew.
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check
    CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password_changed', 'provider')) NOT VALID;
