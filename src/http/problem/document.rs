//! The shape of problems, for the OpenAPI document.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Code;

/// The shape of every refusal, for the OpenAPI document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Identifies the kind of problem; one for each `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:tintuc:problem:not_found")]
    kind: String,
    /// The kind of problem in words, in the client's language.
    title: String,
    /// The HTTP status, once more.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What went wrong this time, in the client's language.
    detail: String,
    /// Stable; what programs should decide by.
    code: Code,
    /// To quote when asking for help; also in the header `X-Request-Id` and in the service's log.
    request_id: String,
    /// What is wrong with the input, every error at once; of very many, the first hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    errors: Option<Vec<FieldErrorDocument>>,
    /// With `stale_version`: the current entity tag.
    #[schema(nullable = false)]
    current_etag: Option<String>,
    /// With `stale_version`: the fields that changed since the version that the client holds.
    #[schema(nullable = false)]
    changed: Option<Vec<String>>,
    /// With `transition_not_allowed`: what is possible instead.
    #[schema(nullable = false)]
    allowed_transitions: Option<Vec<String>>,
    /// With `gone`: what readers are told of an article that was taken back.
    #[schema(nullable = false)]
    notice: Option<String>,
    /// With `gone`: when it was.
    #[schema(nullable = false)]
    at: Option<DateTime<Utc>>,
}

/// One thing wrong with the input.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorDocument {
    /// JSON pointer (RFC 6901) into the body, or `/name` of a query parameter.
    #[schema(example = "/title")]
    pointer: String,
    /// Stable; what programs should decide by.
    #[schema(example = "too_long")]
    code: String,
    /// For people, in the client's language.
    message: String,
}
