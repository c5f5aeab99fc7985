//! What lets people and programs in, beside passwords.

use diesel::table;

table! {
    user_permissions (user_id, permission) {
        user_id -> Uuid,
        permission -> Text,
    }
}

table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        user_agent -> Text,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
        origin -> Nullable<Bytea>,
    }
}

table! {
    refresh_tokens (digest) {
        digest -> Bytea,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

table! {
    invites (user_id) {
        user_id -> Uuid,
        digest -> Bytea,
        made_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

table! {
    api_keys (id) {
        id -> Uuid,
        digest -> Bytea,
        prefix -> Text,
        name -> Text,
        scopes -> Array<Text>,
        has_grants -> Bool,
        made_by -> Uuid,
        made_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

table! {
    api_key_grants (id) {
        id -> Uuid,
        key_id -> Uuid,
        role -> Text,
        category_id -> Nullable<Uuid>,
    }
}

table! {
    totp_secrets (user_id) {
        user_id -> Uuid,
        sealed -> Bytea,
        made_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        last_step -> Nullable<BigInt>,
    }
}

table! {
    totp_recovery_codes (user_id, digest) {
        user_id -> Uuid,
        digest -> Bytea,
        used_at -> Nullable<Timestamptz>,
    }
}

table! {
    identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        user_id -> Uuid,
        linked_at -> Timestamptz,
    }
}

table! {
    provider_sessions (session_id) {
        session_id -> Uuid,
        issuer -> Text,
        sealed -> Nullable<Bytea>,
        asked_until -> Nullable<Timestamptz>,
    }
}
