//! The outermost layer of the service.

use actix_web::{
    Error, ResponseError,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, AcceptLanguage, Header, HeaderValue},
    },
    middleware::Next,
};
use futures_util::FutureExt;
use tracing::Instrument;

use super::{
    Problem,
    context::{identify, new_request_id, within},
    pace::{GRACE, GRACE_SIGNED_IN, paced},
    side::Side,
    texts::Language,
};

/// A longer path and query is refused with 414.
pub const MAX_URI_BYTES: usize = 8 * 1024;
/// Longer headers, all together, are refused with 431.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// The outermost layer: gives the request its context and a span, by whose id every line logged inside can be found,
/// bounds its head, answers HEAD as GET, turns a panic into a problem document and logs one line.
///
/// # Errors
/// What goes wrong inside, as an error that already holds its response.
pub async fn layer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = std::time::Instant::now();
    let request_id = new_request_id();
    let span = tracing::info_span!("http", %request_id);
    let language = AcceptLanguage::parse(&request).map(|header| Language::accepted(&header)).unwrap_or_default();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    // The connection knows that HEAD was asked for and sends no body; routing need not know it.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        // Ranges are for GET alone (RFC 9110, section 14.2).
        request.headers_mut().remove(header::RANGE);
    }

    let side = Side::of(&path);
    let grace = if side == Side::Management { GRACE_SIGNED_IN } else { GRACE };
    let (_, body) = request.parts_mut();
    if !matches!(body, Payload::None) {
        *body = paced(body.take(), grace);
    }

    let mut outcome = within(request_id, language, async move {
        if let Err(problem) = bounded(&request) {
            return Ok(request.into_response(problem.error_response()).map_into_right_body());
        }
        match std::panic::AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(Ok(response)) => Ok(response.map_into_left_body()),
            Ok(Err(error)) => Err(error.error_response()),
            Err(_) => Err(Problem::internal("a handler panicked").error_response()),
        }
    })
    .instrument(span.clone())
    .await;

    let (status, headers) = match &mut outcome {
        Ok(response) => (response.status(), response.headers_mut()),
        Err(response) => (response.status(), response.headers_mut()),
    };
    identify(headers, request_id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    // What the public reads without trouble is for the log of whoever stands in front; answers from memory have no
    // line either.
    if side == Side::Public && !status.is_client_error() && !status.is_server_error() {
        tracing::debug!(parent: &span, %method, path = loggable(&path), status = status.as_u16(), milliseconds, "request");
    } else {
        tracing::info!(parent: &span, %method, path = loggable(&path), status = status.as_u16(), milliseconds, "request");
    }
    outcome.map_err(|response| InternalError::from_response("refused", response).into())
}

/// A path as the log may have it: whoever reads there that somebody looked at a preview must not get to look as well.
fn loggable(path: &str) -> &str {
    const PREVIEW: &str = "/api/v1/preview/";
    if path.starts_with(PREVIEW) { PREVIEW } else { path }
}

fn bounded(request: &ServiceRequest) -> Result<(), Problem> {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |target| target.as_str().len()) > MAX_URI_BYTES {
        return Err(Problem::uri_too_long(MAX_URI_BYTES));
    }
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(Problem::headers_too_large(MAX_HEADER_BYTES));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_no_address_of_a_preview() {
        assert_eq!(loggable("/api/v1/preview/AZqy"), "/api/v1/preview/");
        assert_eq!(loggable("/api/v1/articles/lich"), "/api/v1/articles/lich");
    }
}
