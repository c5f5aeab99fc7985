//! Webhooks as administrators make and see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::Kind;
use crate::{
    content::{CategoryRef, UserRef},
    http::ETag,
    told_once::ToldOnce,
};

/// Why nothing is sent.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = WebhookPausedReason)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum PausedReason {
    /// Somebody wanted it so.
    Requested,
    /// Nothing has arrived for a day.
    Failing,
    /// The receiver has answered with 410: it wants no more.
    Gone,
}

crate::text_enum!(PausedReason);

/// A webhook to set up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// Where to: http or https, at a public address.
    #[schema(max_length = 2000, example = "https://doi-tac.example/nhan-tin")]
    pub url: String,
    /// What of.
    #[schema(min_items = 1, max_items = 10)]
    pub events: Vec<Kind>,
    /// Only of articles in this category or below it, by slug or id.
    #[serde(default)]
    #[schema(max_length = 120, example = "kinh-te")]
    pub category: Option<String>,
    /// Only of articles of this type.
    #[serde(default)]
    #[schema(max_length = 40, example = "announcement")]
    pub article_type: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500, example = "Cổng thông tin huyện")]
    pub description: Option<String>,
    /// Whether nothing is sent. What happens meanwhile waits, as long as deliveries are kept.
    #[serde(default)]
    #[schema(default = false)]
    pub paused: bool,
}

/// What may be changed of a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a merge patch, which is read as a webhook when it is merged")]
pub struct WebhookPatch {
    /// Where to: http or https, at a public address.
    #[schema(max_length = 2000, nullable = false, example = "https://doi-tac.example/nhan-tin")]
    url: Option<String>,
    /// What of.
    #[schema(min_items = 1, max_items = 10, nullable = false)]
    events: Option<Vec<Kind>>,
    /// Only of articles in this category or below it, by slug or id.
    #[schema(max_length = 120, example = "kinh-te")]
    category: Option<String>,
    /// Only of articles of this type.
    #[schema(max_length = 40, example = "announcement")]
    article_type: Option<String>,
    /// What it is for.
    #[schema(min_length = 1, max_length = 500, example = "Cổng thông tin huyện")]
    description: Option<String>,
    /// Whether nothing is sent.
    #[schema(nullable = false)]
    paused: Option<bool>,
}

/// A webhook.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// Never changes.
    pub id: Uuid,
    /// Where to.
    #[schema(example = "https://doi-tac.example/nhan-tin")]
    pub url: String,
    /// What of.
    pub events: Vec<Kind>,
    /// Only of articles in this category or below it.
    pub category: Option<CategoryRef>,
    /// Only of articles of this type.
    pub article_type: Option<String>,
    /// What it is for.
    #[schema(example = "Cổng thông tin huyện")]
    pub description: Option<String>,
    /// Whether nothing is sent. What happens meanwhile waits, as long as deliveries are kept.
    pub paused: bool,
    /// Since when.
    pub paused_at: Option<DateTime<Utc>>,
    /// Why.
    pub paused_reason: Option<PausedReason>,
    /// Since when no try has succeeded.
    pub failing_since: Option<DateTime<Utc>>,
    /// What was wrong with the first of these, or the one for which it was paused.
    pub last_error: Option<String>,
    /// Until when the secret before the present one signs, too.
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// Who set it up: who hears in the inbox that it was paused.
    pub created_by: UserRef,
    /// When.
    pub created_at: DateTime<Utc>,
    #[serde(skip)]
    pub(super) revision: i64,
}

impl Webhook {
    /// Its entity tag.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("webhook-{}", self.revision))
    }

    /// It as it is written.
    pub(super) fn written(&self) -> WebhookInput {
        WebhookInput {
            url: self.url.clone(),
            events: self.events.clone(),
            category: self.category.as_ref().map(|category| category.id.to_string()),
            article_type: self.article_type.clone(),
            description: self.description.clone(),
            paused: self.paused,
        }
    }
}

/// A webhook with a secret that was just made.
#[derive(Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// What is known of it.
    #[serde(flatten)]
    pub known: Webhook,
    /// What requests are signed by, as Standard Webhooks has it. Told this once.
    #[schema(value_type = String, format = Password, example = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    pub secret: ToldOnce,
}

/// How many deliveries are made anew.
#[derive(Serialize, ToSchema)]
pub struct Redelivered {
    /// So many.
    #[schema(minimum = 0)]
    pub deliveries: usize,
}

/// From when on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeliverInput {
    /// All that happened then or later.
    pub since: DateTime<Utc>,
}
