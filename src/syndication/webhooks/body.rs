//! What is sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The body of a request.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// When it happened.
    pub timestamp: DateTime<Utc>,
    pub data: Data<'a>,
}

/// What it is about.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    /// The article; of a ping, the webhook.
    pub id: Uuid,
    /// As it is delivered at the moment of the try, without what is related; left out where it is not public by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'a str>,
}
