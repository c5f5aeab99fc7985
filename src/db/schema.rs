//! The tables as diesel sees them, kept in step with `migrations/` by hand; columns that no query names
//! (generated ones, defaults that the database fills in) are left out.

#![expect(missing_docs, reason = "the migrations say what tables and columns mean")]

pub mod beside;
pub mod delivery;
pub mod imports;
pub mod library;
pub mod people;
pub mod receivers;
pub mod views;

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

pub use beside::{
    article_autosaves, article_comments, article_leases, article_previews, article_words, review_stages, royalties,
    royalty_rate_tables, royalty_rates,
};
pub use imports::{import_acts, import_lists, import_runs, imported_files, imported_items, old_addresses};
pub use library::{article_hands, article_media, media_contents, media_revisions, published_media, version_media};
pub use people::{
    api_key_grants, api_keys, identities, invites, provider_sessions, refresh_tokens, sessions, totp_recovery_codes,
    totp_secrets, user_permissions,
};
pub use receivers::{webhook_deliveries, webhook_lanes, webhooks};
pub use views::{view_batches, view_days, view_mark, view_totals};

table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        disabled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        revision -> BigInt,
    }
}

table! {
    categories (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        parent_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        position -> Nullable<Integer>,
        revision -> BigInt,
    }
}

table! {
    former_category_slugs (slug) {
        slug -> Text,
        category_id -> Uuid,
    }
}

table! {
    category_ancestors (ancestor_id, category_id) {
        category_id -> Uuid,
        ancestor_id -> Uuid,
        depth -> Integer,
    }
}

table! {
    article_types (code) {
        code -> Text,
        name -> Text,
        id -> Uuid,
        position -> Nullable<Integer>,
        revision -> BigInt,
    }
}

table! {
    authors (id) {
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        created_at -> Timestamptz,
        revision -> BigInt,
        user_id -> Nullable<Uuid>,
        merged_into -> Nullable<Uuid>,
    }
}

table! {
    tags (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        name_key -> Text,
        created_at -> Timestamptz,
        revision -> BigInt,
        merged_into -> Nullable<Uuid>,
    }
}

table! {
    role_grants (id) {
        id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        category_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

table! {
    media (id) {
        id -> Uuid,
        kind -> Text,
        file_name -> Text,
        mime_type -> Text,
        size -> BigInt,
        sha256 -> Bytea,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        duration_ms -> Nullable<BigInt>,
        bit_rate_kbps -> Nullable<Integer>,
        dominant_colour -> Nullable<Text>,
        blurhash -> Nullable<Text>,
        focal_x -> Nullable<Float>,
        focal_y -> Nullable<Float>,
        title -> Nullable<Text>,
        alt -> Nullable<Text>,
        caption -> Nullable<Text>,
        credit -> Nullable<Text>,
        licence -> Nullable<Text>,
        revision -> Integer,
        created_by -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        unused_since -> Nullable<Timestamptz>,
        folded -> Text,
        file_revision -> Integer,
        updated_by -> Nullable<Uuid>,
        warnings -> Array<Text>,
    }
}

table! {
    articles (id) {
        id -> Uuid,
        approval -> Text,
        current_version -> Integer,
        revision -> BigInt,
        title -> Nullable<Text>,
        slug -> Nullable<Text>,
        locale -> Text,
        category_id -> Nullable<Uuid>,
        article_type -> Nullable<Text>,
        author_id -> Nullable<Uuid>,
        legacy_id -> Nullable<BigInt>,
        legacy_list -> Nullable<Uuid>,
        complete -> Bool,
        review -> Nullable<Jsonb>,
        review_due_at -> Nullable<Timestamptz>,
        awaits_publication -> Bool,
        created_at -> Timestamptz,
        created_by -> Uuid,
        updated_at -> Timestamptz,
        updated_by -> Uuid,
        deleted_at -> Nullable<Timestamptz>,
        deleted_by -> Nullable<Uuid>,
    }
}

table! {
    slugs (slug) {
        slug -> Text,
        article_id -> Uuid,
    }
}

table! {
    article_versions (article_id, version) {
        article_id -> Uuid,
        version -> Integer,
        content -> Jsonb,
        edited_by -> Uuid,
        edited_at -> Timestamptz,
        restored_from -> Nullable<Integer>,
    }
}

table! {
    transitions (id) {
        id -> BigInt,
        article_id -> Uuid,
        version -> Integer,
        name -> Text,
        from_approval -> Text,
        to_approval -> Text,
        actor_id -> Uuid,
        at -> Timestamptz,
        comment -> Nullable<Text>,
        publish_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        overridden -> Bool,
        key_id -> Nullable<Uuid>,
        stage -> Nullable<Text>,
        review_id -> Nullable<BigInt>,
        correction -> Nullable<Text>,
        notice -> Nullable<Text>,
        urgent_until -> Nullable<Timestamptz>,
    }
}

table! {
    events (id) {
        id -> BigInt,
        kind -> Text,
        subject_id -> Uuid,
        actor_id -> Nullable<Uuid>,
        key_id -> Nullable<Uuid>,
        data -> Jsonb,
        recorded_at -> Timestamptz,
        request_id -> Nullable<Uuid>,
        address -> Nullable<Text>,
    }
}

table! {
    publications (id) {
        id -> Uuid,
        article_id -> Uuid,
        version -> Integer,
        approval_id -> BigInt,
        starts_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
        correction -> Nullable<Text>,
        notice -> Nullable<Text>,
        urgent_until -> Nullable<Timestamptz>,
    }
}

table! {
    published_articles (publication_id) {
        publication_id -> Uuid,
        article_id -> Uuid,
        starts_at -> Timestamptz,
        ends_at -> Nullable<Timestamptz>,
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
        tags -> Nullable<Array<Uuid>>,
        shown -> Nullable<Text>,
        shown_rules -> SmallInt,
        urgent_until -> Nullable<Timestamptz>,
    }
}

table! {
    published_tags (publication_id, position) {
        publication_id -> Uuid,
        position -> Integer,
        tag_id -> Uuid,
    }
}

table! {
    published_links (publication_id, kind, position) {
        publication_id -> Uuid,
        kind -> Text,
        position -> Integer,
        target_id -> Uuid,
    }
}

table! {
    public_slugs (slug) {
        slug -> Text,
        article_id -> Uuid,
        public_from -> Timestamptz,
    }
}

table! {
    publication_changes (generation, key) {
        generation -> BigInt,
        key -> Text,
        at -> Timestamptz,
    }
}

joinable!(articles -> categories (category_id));
joinable!(articles -> article_types (article_type));
joinable!(articles -> authors (author_id));
joinable!(role_grants -> categories (category_id));
joinable!(role_grants -> users (user_id));
joinable!(sessions -> users (user_id));
joinable!(invites -> users (user_id));
joinable!(api_keys -> users (made_by));
joinable!(api_key_grants -> categories (category_id));
joinable!(transitions -> api_keys (key_id));
joinable!(refresh_tokens -> sessions (session_id));
joinable!(article_versions -> users (edited_by));
joinable!(transitions -> users (actor_id));
joinable!(article_comments -> users (author_id));
joinable!(article_comments -> api_keys (key_id));
joinable!(media_revisions -> media (media_id));
joinable!(webhooks -> users (created_by));
joinable!(webhooks -> categories (category_id));

allow_tables_to_appear_in_same_query!(
    users,
    invites,
    api_keys,
    api_key_grants,
    user_permissions,
    sessions,
    refresh_tokens,
    totp_secrets,
    identities,
    provider_sessions,
    categories,
    category_ancestors,
    article_types,
    authors,
    tags,
    role_grants,
    articles,
    slugs,
    article_versions,
    article_comments,
    review_stages,
    article_leases,
    article_previews,
    transitions,
    royalties,
    events,
    publications,
    view_totals,
    view_mark,
    public_slugs,
    published_articles,
    published_media,
    article_media,
    version_media,
    media,
    media_revisions,
    media_contents,
    imported_items,
    import_acts,
    imported_files,
    webhooks,
);
