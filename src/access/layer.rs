//! The layer around everything that needs a sign-in. It comes before the request's body and path are looked
//! at, so that a stranger learns nothing of either.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use uuid::Uuid;

use super::{
    Principal,
    api_keys::{store, token},
    keys::Keys,
    secret, session,
};
use crate::{audit::Source, db::Newsroom, http::Problem};

/// The session that a request belongs to.
#[derive(Clone, Copy, Debug)]
pub struct CurrentSession(pub Uuid);

/// Lets only requests through that bear an access token or a key, with their [`Principal`] and, of a person, their
/// [`CurrentSession`], and keeps answers out of caches.
pub async fn require_sign_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let allowed = signed_in(request.request()).await.and_then(|(principal, session)| {
        within_limits(request.method(), &principal)?;
        Ok((principal, session))
    });
    match allowed {
        Ok((principal, session)) => {
            request.extensions_mut().insert(principal);
            if let Some(session) = session {
                request.extensions_mut().insert(session);
            }
            let mut response = next.call(request).await?;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response.map_into_left_body())
        }
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

/// Whatever a key can be limited to is for reading: by one that is limited nothing is changed, whatever a handler asks for.
fn within_limits(method: &Method, who: &Principal) -> Result<(), Problem> {
    let limited = who.key.as_ref().is_some_and(|key| !key.scopes.is_empty());
    if limited && !method.is_safe() { Err(Problem::forbidden()) } else { Ok(()) }
}

/// Whose access token or key the request bears, and the session where it is a token.
///
/// # Errors
/// `unauthenticated`.
pub async fn signed_in(request: &HttpRequest) -> Result<(Principal, Option<CurrentSession>), Problem> {
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
    let source = Source::of(request);
    if token.starts_with(token::PREFIX) {
        return by_key(newsroom, token).await.map(|who| (Principal { source, ..who }, None));
    }
    let claims = keys.verify(token).ok_or_else(Problem::unauthenticated)?;
    let principal = newsroom.read(move |conn| session::principal(conn, claims.sub, claims.sid)).await?;
    let principal = principal.ok_or_else(Problem::unauthenticated)?;
    Ok((Principal { source, ..principal }, Some(CurrentSession(claims.sid))))
}

/// Who acts by this key. What only looks like one costs no question to the database.
async fn by_key(newsroom: &Newsroom, key: &str) -> Result<Principal, Problem> {
    if !token::is_well_formed(key) {
        return Err(Problem::unauthenticated());
    }
    let digest = secret::digest(key);
    let principal = newsroom.read(move |conn| store::principal(conn, &digest)).await?;
    principal.ok_or_else(Problem::unauthenticated)
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

    /// A program that acts by a key has none, and may do nothing that is about them.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let by_key = request.extensions().get::<Principal>().is_some_and(|who| who.key.is_some());
        if by_key { ready(Err(Problem::forbidden())) } else { put_there(request) }
    }
}
