//! What stands beside articles and is no part of them, and what stands beside requests.

use diesel::table;

table! {
    royalty_rate_tables (revision) {
        revision -> Integer,
        currency -> Text,
        set_by -> Uuid,
        set_at -> Timestamptz,
    }
}

table! {
    royalty_rates (revision, article_type) {
        revision -> Integer,
        article_type -> Text,
        base -> BigInt,
        per_page -> BigInt,
        per_photo -> BigInt,
    }
}

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

table! {
    idempotency_keys (id) {
        id -> Binary,
        request_id -> Uuid,
        made_at -> Timestamptz,
        held -> Nullable<Array<Text>>,
        sent_sha256 -> Nullable<Binary>,
        sent_size -> Nullable<BigInt>,
        status -> Nullable<SmallInt>,
        headers -> Nullable<Jsonb>,
        body -> Nullable<Binary>,
    }
}

table! {
    review_stages (category_id) {
        category_id -> Uuid,
        revision -> Integer,
        stages -> Nullable<Jsonb>,
        set_by -> Uuid,
        set_at -> Timestamptz,
    }
}

table! {
    article_comments (id) {
        id -> Uuid,
        article_id -> Uuid,
        version -> Integer,
        text -> Text,
        author_id -> Uuid,
        key_id -> Nullable<Uuid>,
        at -> Timestamptz,
    }
}

table! {
    article_words (article_id) {
        article_id -> Uuid,
        version -> Integer,
        words -> Array<Text>,
    }
}

table! {
    royalties (article_id, revision) {
        article_id -> Uuid,
        revision -> Integer,
        amount -> BigInt,
        currency -> Text,
        set_by -> Uuid,
        set_at -> Timestamptz,
    }
}
