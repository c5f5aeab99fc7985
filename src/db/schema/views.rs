//! How often articles are read.

use diesel::table;

table! {
    view_totals (article_id) {
        article_id -> Uuid,
        views -> BigInt,
    }
}

table! {
    view_batches (number) {
        number -> BigInt,
        id -> Uuid,
        counted_at -> Timestamptz,
        articles -> Array<Uuid>,
        visitors -> Array<BigInt>,
        earlier -> Nullable<Array<BigInt>>,
        blocks -> Nullable<Array<Integer>>,
        per_block -> Nullable<Integer>,
    }
}

table! {
    view_mark (single) {
        single -> Bool,
        folded -> BigInt,
    }
}

table! {
    view_days (article_id, day) {
        article_id -> Uuid,
        day -> Date,
        views -> BigInt,
    }
}
