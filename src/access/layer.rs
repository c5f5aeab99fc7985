//! The layer around everything that needs a sign-in. It comes before the request's body and path are looked
//! at, so that a stranger learns nothing of either.

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::Next,
    web::Data,
};

use super::{keys::Keys, session};
use crate::{db::Newsroom, http::Problem};

/// Lets only a signed-in person's request through, with its [`super::Actor`], and keeps answers out of caches.
///
/// # Errors
/// Those of the service inside.
pub async fn require_sign_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match signed_in(request.request()).await {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            let mut response = next.call(request).await?;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response.map_into_left_body())
        }
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

/// The signed-in person whose access token the request bears.
///
/// # Errors
/// `unauthenticated`.
pub async fn signed_in(request: &HttpRequest) -> Result<super::Actor, Problem> {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(Problem::unauthenticated)?;
    let (Some(keys), Some(newsroom)) = (request.app_data::<Data<Keys>>(), request.app_data::<Data<Newsroom>>()) else {
        return Err(Problem::internal("the service was built without its keys"));
    };
    let claims = keys.verify(token).ok_or_else(Problem::unauthenticated)?;
    newsroom.read(move |conn| session::actor(conn, claims.sub, claims.sid)).await?.ok_or_else(Problem::unauthenticated)
}
