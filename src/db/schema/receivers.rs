//! Whom the service tells of what is published, and what each was told.

use diesel::table;

table! {
    webhooks (id) {
        id -> Uuid,
        url -> Text,
        host -> Text,
        description -> Nullable<Text>,
        events -> Array<Text>,
        category_id -> Nullable<Uuid>,
        article_type -> Nullable<Text>,
        sealed -> Binary,
        sealed_before -> Nullable<Binary>,
        before_until -> Nullable<Timestamptz>,
        paused_at -> Nullable<Timestamptz>,
        paused_reason -> Nullable<Text>,
        failing_since -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        not_before -> Nullable<Timestamptz>,
        revision -> BigInt,
        created_by -> Uuid,
        created_at -> Timestamptz,
    }
}

table! {
    webhook_deliveries (id) {
        id -> Uuid,
        number -> BigInt,
        webhook_id -> Uuid,
        #[sql_name = "type"]
        kind -> Text,
        article_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        notice -> Nullable<Text>,
        happened_at -> Timestamptz,
        state -> Text,
        tries -> Integer,
        first_tried_at -> Nullable<Timestamptz>,
        tried_at -> Nullable<Timestamptz>,
        took_ms -> Nullable<Integer>,
        request -> Nullable<Jsonb>,
        status -> Nullable<SmallInt>,
        answer -> Nullable<Text>,
        error -> Nullable<Text>,
    }
}

table! {
    webhook_lanes (webhook_id, article_id) {
        webhook_id -> Uuid,
        article_id -> Uuid,
        due_at -> Timestamptz,
        claim -> Nullable<Uuid>,
    }
}
