//! Keys as people make and see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::{principal::GrantView, role::KeyScope, users::model::GrantInput},
    content::UserRef,
    http::paging,
    told_once::ToldOnce,
};

/// A key to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200, example = "Cổng thông tin huyện")]
    pub name: String,
    /// What it is limited to; where left out, to nothing but its roles.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub scopes: Vec<KeyScope>,
    /// Its roles, at most the caller's own; where left out, it has the caller's as far as `scopes` go.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub grants: Option<Vec<GrantInput>>,
    /// When it ends; never by itself where left out.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key, as it is known once it was made.
#[derive(Clone, Serialize, ToSchema)]
pub struct ApiKey {
    /// Never changes.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "Cổng thông tin huyện")]
    pub name: String,
    /// How it begins: by this one that was lost is found.
    #[schema(example = "ttk_3q2-7wAA")]
    pub prefix: String,
    /// What it is limited to; where there is none, to its roles.
    pub scopes: Vec<KeyScope>,
    /// The roles that it was given; null where its maker's count. It never has more of them than its maker holds.
    pub grants: Option<Vec<GrantView>>,
    /// Whose key it is.
    pub created_by: UserRef,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub struct NewApiKey {
    /// What is known of it.
    #[serde(flatten)]
    pub known: ApiKey,
    /// The key itself, sent as `Authorization: Bearer …`. Told this once and kept nowhere.
    #[schema(value_type = String, format = Password, example = "ttk_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub key: ToldOnce,
}

/// Which keys, and which page of them.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyFilter {
    /// That begin like this: the first twelve characters of a key.
    #[schema(max_length = 12, pattern = "^ttk_[A-Za-z0-9_-]{8}$", example = "ttk_3q2-7wAA")]
    #[param(max_length = 12, pattern = "^ttk_[A-Za-z0-9_-]{8}$")]
    pub prefix: Option<String>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    pub cursor: Option<String>,
}
