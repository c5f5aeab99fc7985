//! What lets people and programs in, beside passwords and sessions.

use diesel::table;

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
