//! The views of the schema `delivery`: all that the public side can name.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    delivery.articles (article_id) {
        publication_id -> Uuid,
        article_id -> Uuid,
        slug -> Text,
        published_at -> Timestamptz,
        first_published_at -> Timestamptz,
        last_published_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        locale -> Text,
        featured -> Bool,
        author_id -> Nullable<Uuid>,
        category_id -> Uuid,
        article_type -> Text,
        card -> Jsonb,
        rest -> Jsonb,
    }
}

table! {
    delivery.urgent (article_id) {
        article_id -> Uuid,
        last_published_at -> Timestamptz,
        urgent_until -> Timestamptz,
    }
}

table! {
    delivery.signers (id) {
        id -> Uuid,
    }
}

table! {
    delivery.notices (article_id) {
        article_id -> Uuid,
        at -> Timestamptz,
        notice -> Text,
    }
}

table! {
    delivery.noticed_slugs (slug) {
        slug -> Text,
        article_id -> Uuid,
    }
}

table! {
    // One row.
    delivery.state (generation) {
        generation -> BigInt,
        at -> Timestamptz,
        next_change -> Nullable<Timestamptz>,
    }
}

table! {
    delivery.article_tags (publication_id, position) {
        publication_id -> Uuid,
        position -> Integer,
        tag_id -> Uuid,
        article_id -> Uuid,
    }
}

table! {
    delivery.article_categories (publication_id, category_id) {
        publication_id -> Uuid,
        category_id -> Uuid,
        article_id -> Uuid,
        published_at -> Timestamptz,
    }
}

table! {
    delivery.article_links (publication_id, kind, position) {
        publication_id -> Uuid,
        article_id -> Uuid,
        kind -> Text,
        position -> Integer,
        target_id -> Uuid,
    }
}

table! {
    delivery.counts (facet, value) {
        facet -> Text,
        value -> Text,
        articles -> BigInt,
    }
}

table! {
    delivery.months (month) {
        month -> Text,
        articles -> BigInt,
        last_published_at -> Timestamptz,
    }
}

table! {
    delivery.tags (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
    }
}

table! {
    delivery.authors (id) {
        id -> Uuid,
        name -> Text,
    }
}

table! {
    delivery.categories (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        parent_id -> Nullable<Uuid>,
    }
}

table! {
    delivery.category_tree (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        parent_id -> Nullable<Uuid>,
        position -> Nullable<Integer>,
    }
}

table! {
    delivery.former_category_slugs (slug) {
        slug -> Text,
        present -> Text,
    }
}

table! {
    delivery.article_type_list (code) {
        code -> Text,
        name -> Text,
        position -> Nullable<Integer>,
    }
}

table! {
    delivery.merged_tags (slug) {
        slug -> Text,
        merged_into -> Uuid,
    }
}

table! {
    delivery.category_ancestors (ancestor_id, category_id) {
        category_id -> Uuid,
        ancestor_id -> Uuid,
        depth -> Integer,
    }
}

table! {
    delivery.article_types (code) {
        code -> Text,
        name -> Text,
    }
}

table! {
    delivery.slugs (slug) {
        slug -> Text,
        article_id -> Uuid,
    }
}

table! {
    delivery.view_totals (article_id) {
        article_id -> Uuid,
        views -> BigInt,
    }
}

table! {
    delivery.view_days (article_id, day) {
        article_id -> Uuid,
        day -> Date,
        views -> BigInt,
    }
}

table! {
    delivery.media (id, revision) {
        id -> Uuid,
        kind -> Text,
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
        revision -> Integer,
    }
}

table! {
    delivery.article_media (publication_id, id) {
        publication_id -> Uuid,
        id -> Uuid,
        kind -> Text,
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
    }
}

joinable!(articles -> categories (category_id));
joinable!(articles -> article_types (article_type));
joinable!(articles -> authors (author_id));
joinable!(article_tags -> tags (tag_id));
joinable!(slugs -> articles (article_id));
joinable!(noticed_slugs -> notices (article_id));
joinable!(view_totals -> articles (article_id));
joinable!(view_days -> articles (article_id));

allow_tables_to_appear_in_same_query!(
    articles,
    article_tags,
    article_categories,
    article_links,
    counts,
    tags,
    authors,
    categories,
    category_ancestors,
    article_types,
    slugs,
    view_totals,
    view_days,
);
allow_tables_to_appear_in_same_query!(notices, noticed_slugs);

table! {
    // What partners follow: which state changed an article last. What is below is of the migration `article_changes`.
    delivery.article_changes (article_id) {
        article_id -> Uuid,
        generation -> BigInt,
        appeared -> BigInt,
        alerted -> BigInt,
        filed -> Array<Text>,
        at -> Timestamptz,
        called_off -> Bool,
        public_from -> Timestamptz,
        quietly -> Bool,
    }
}

table! {
    // The tags that something bears which is public or was.
    delivery.tags_told (id) {
        id -> Uuid,
        slug -> Text,
    }
}

table! {
    // What articles that are public are filed under.
    delivery.filing (article_id) {
        article_id -> Uuid,
        filed -> Array<Text>,
    }
}

table! {
    // What was public and is not.
    delivery.removals (article_id) {
        article_id -> Uuid,
        at -> Timestamptz,
        reason -> Text,
        notice -> Nullable<Text>,
    }
}

table! {
    // Of the migration `old_addresses`. The same number may be in several lists, and in none.
    delivery.legacy_items (list_id, item_id) {
        list_id -> Nullable<Uuid>,
        item_id -> BigInt,
        article_id -> Uuid,
    }
}

table! {
    delivery.legacy_lists (list_id) {
        list_id -> Uuid,
        folder -> Nullable<Text>,
        patterns -> Array<Text>,
    }
}

table! {
    delivery.legacy_addresses (address, list_id, item_id) {
        address -> Text,
        list_id -> Uuid,
        item_id -> BigInt,
    }
}
