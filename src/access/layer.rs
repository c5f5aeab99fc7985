//! The layer around everything that needs a sign-in. It comes before the request's body and path are looked
//! at, so that a stranger learns nothing of either.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::Next,
    web::Data,
};
use uuid::Uuid;

use super::{Principal, keys::Keys, session};
use crate::{db::Newsroom, http::Problem};

/// The session that a request belongs to.
#[derive(Clone, Copy, Debug)]
pub struct CurrentSession(pub Uuid);

/// Lets only a signed-in person's request through, with its [`Principal`] and its [`CurrentSession`], and keeps answers out of caches.
pub async fn require_sign_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match signed_in(request.request()).await {
        Ok((principal, session)) => {
            request.extensions_mut().insert(principal);
            request.extensions_mut().insert(session);
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
pub async fn signed_in(request: &HttpRequest) -> Result<(Principal, CurrentSession), Problem> {
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
    let principal = newsroom.read(move |conn| session::principal(conn, claims.sub, claims.sid)).await?;
    Ok((principal.ok_or_else(Problem::unauthenticated)?, CurrentSession(claims.sid)))
}

/// What [`require_sign_in`] has put there, before anything else of the request was looked at.
fn put_there<T: Clone + 'static>(request: &HttpRequest) -> Ready<Result<T, Problem>> {
    ready(request.extensions().get::<T>().cloned().ok_or_else(Problem::unauthenticated))
}

impl FromRequest for Principal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        put_there(request)
    }
}

impl FromRequest for CurrentSession {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        put_there(request)
    }
}
