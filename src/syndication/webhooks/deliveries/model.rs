//! Deliveries as administrators see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::paging;

/// How a delivery stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum State {
    /// It is to be sent, or to be sent again.
    Pending,
    /// The receiver has answered that it has it.
    Delivered,
    /// It was tried for a day, or was a ping.
    Failed,
}

crate::text_enum!(State);

/// Something that a receiver was told or is to be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookDelivery {
    /// The header `webhook-id`, the same with each try.
    pub id: Uuid,
    /// The event, or `webhook.ping`.
    #[serde(rename = "type")]
    #[schema(example = "article.published")]
    pub kind: String,
    /// The article that it is about; null of a ping.
    pub article_id: Option<Uuid>,
    /// Why that is no longer public: `withdrawn`, `expired`, `deleted`, or `moved` out of what the webhook is limited to.
    #[schema(example = json!(null))]
    pub reason: Option<String>,
    /// When it happened.
    pub timestamp: DateTime<Utc>,
    /// How it stands.
    pub state: State,
    /// How many tries were made since it was first sent, or had to be sent again.
    #[schema(minimum = 0)]
    pub tries: i32,
    /// When the next is made; null where none is, where others of the same article come before it, or the webhook is paused.
    pub next_try_at: Option<DateTime<Utc>>,
    /// When the last was made.
    pub tried_at: Option<DateTime<Utc>>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<i32>,
    /// What was sent then.
    pub request: Option<SentRequest>,
    /// What came back.
    pub response: Option<SentResponse>,
    /// What was wrong.
    #[schema(example = "answered with 500")]
    pub error: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookRequest)]
pub struct SentRequest {
    /// Where to.
    pub url: String,
    /// The headers that matter.
    #[schema(value_type = Object)]
    pub headers: Value,
    /// How long the body was, in bytes.
    #[schema(minimum = 0)]
    pub size: u64,
    /// How it began: 8 kB at most.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WebhookResponse)]
pub struct SentResponse {
    /// The status.
    #[schema(example = 204)]
    pub status: i16,
    /// How the body began: 4 kB at most.
    pub body: String,
}

/// Which deliveries, and which page of them.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookDeliveryFilter)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// That stand like this.
    #[param(inline)]
    pub state: Option<State>,
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
