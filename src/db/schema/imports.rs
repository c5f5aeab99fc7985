//! What is taken over from SharePoint lists.

use diesel::table;

table! {
    import_lists (list_id) {
        list_id -> Uuid,
        name -> Text,
        base -> Nullable<Text>,
        folder -> Nullable<Text>,
        patterns -> Array<Text>,
    }
}

table! {
    import_runs (id) {
        id -> BigInt,
        list_id -> Uuid,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        rolled_back_at -> Nullable<Timestamptz>,
    }
}

table! {
    imported_items (list_id, item_id) {
        list_id -> Uuid,
        item_id -> BigInt,
        guid -> Nullable<Uuid>,
        article_id -> Nullable<Uuid>,
        digest -> Bytea,
        versions -> Array<Bytea>,
        revision -> BigInt,
        views -> BigInt,
        royalty -> Nullable<BigInt>,
        run_id -> BigInt,
    }
}

table! {
    import_acts (run_id, list_id, item_id) {
        run_id -> BigInt,
        list_id -> Uuid,
        item_id -> BigInt,
        was -> Nullable<Jsonb>,
    }
}

table! {
    imported_files (sha256) {
        sha256 -> Bytea,
        media_id -> Nullable<Uuid>,
        refused -> Nullable<Text>,
        run_id -> BigInt,
    }
}

table! {
    old_addresses (address, list_id, item_id) {
        address -> Text,
        list_id -> Uuid,
        item_id -> BigInt,
    }
}
