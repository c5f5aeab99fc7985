//! What stands beside articles and is no part of them.

use diesel::table;

table! {
    article_previews (id) {
        id -> Uuid,
        article_id -> Uuid,
        version -> Integer,
        made_by -> Uuid,
        made_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

table! {
    article_autosaves (article_id, user_id) {
        article_id -> Uuid,
        user_id -> Uuid,
        content -> Jsonb,
        version -> Integer,
        saved_at -> Timestamptz,
    }
}

table! {
    article_leases (article_id) {
        article_id -> Uuid,
        user_id -> Uuid,
        ends_at -> Timestamptz,
    }
}
