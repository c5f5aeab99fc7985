//! What is known of the request under way, wherever an answer is made: its id and its language.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::texts::Language;

/// Carries the request id to the client.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Context;
}

#[derive(Clone, Copy)]
struct Context {
    request_id: Uuid,
    language: Language,
}

/// Does this work as part of the request with that id, whose client reads that language.
pub(super) fn within<T>(
    request_id: Uuid,
    language: Language,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    CURRENT.scope(Context { request_id, language }, work)
}

/// The same work as part of the request under way, wherever it is run.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let context = CURRENT.try_with(|context| *context).ok();
    async move {
        match context {
            Some(context) => CURRENT.scope(context, work).await,
            None => work.await,
        }
    }
}

/// The id of the request under way, as the client and the log see it; empty outside a request.
pub fn request_id() -> String {
    CURRENT.try_with(|context| context.request_id.to_string()).unwrap_or_default()
}

/// The same as it is; none outside a request.
pub fn current_request() -> Option<Uuid> {
    CURRENT.try_with(|context| context.request_id).ok()
}

/// The language that the client of the request under way reads.
pub fn language() -> Language {
    CURRENT.try_with(|context| context.language).unwrap_or_default()
}

/// An id for a request.
pub fn new_request_id() -> Uuid {
    // From the thread's own generator: asking the system each time costs more than an answer from memory.
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

/// Tells the client the id of its request.
pub fn identify(headers: &mut HeaderMap, id: Uuid) {
    let mut text = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)) {
        headers.insert(REQUEST_ID, value);
    }
}
