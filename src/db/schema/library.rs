//! What files were at a time, what shows them, and what the storage holds.

use diesel::table;

table! {
    media_revisions (media_id, revision) {
        media_id -> Uuid,
        revision -> Integer,
        file_name -> Text,
        mime_type -> Text,
        size -> BigInt,
        sha256 -> Bytea,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        duration_ms -> Nullable<BigInt>,
        dominant_colour -> Nullable<Text>,
        blurhash -> Nullable<Text>,
        focal_x -> Nullable<Float>,
        focal_y -> Nullable<Float>,
        made_by -> Nullable<Uuid>,
        made_at -> Timestamptz,
    }
}

table! {
    media_contents (sha256) {
        sha256 -> Bytea,
        reserved_at -> Timestamptz,
    }
}

table! {
    version_media (article_id, version, media_id) {
        article_id -> Uuid,
        version -> Integer,
        media_id -> Uuid,
        revision -> Integer,
    }
}

table! {
    published_media (publication_id, media_id) {
        publication_id -> Uuid,
        media_id -> Uuid,
        revision -> Integer,
    }
}

table! {
    article_media (article_id, media_id, place) {
        article_id -> Uuid,
        media_id -> Uuid,
        place -> Text,
    }
}

table! {
    article_hands (article_id, version, user_id) {
        article_id -> Uuid,
        version -> Integer,
        user_id -> Uuid,
    }
}
