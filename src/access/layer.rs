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
    demand::Demand,
    keys::Keys,
    secret,
    session::{self, SignedIn},
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
    let found = signed_in(request.request()).await;
    let_through(request, next, found).await
}

/// The same for setting up a second factor, and for signing out: also for whoever may do nothing else before the first.
pub async fn require_sign_in_to_enrol(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let found = asking(request.request()).await.map(|Asking { who, session, .. }| (who, session));
    let_through(request, next, found).await
}

async fn let_through(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    found: Result<(Principal, Option<CurrentSession>), Problem>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let allowed = found.and_then(|(principal, session)| {
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
/// `unauthenticated`; `totp_enrolment_required` where a role of theirs demands a second factor and there is none, which is looked
/// up with each request, as the roles are.
pub async fn signed_in(request: &HttpRequest) -> Result<(Principal, Option<CurrentSession>), Problem> {
    let Asking { who, session, second_factor } = asking(request).await?;
    let Some(demand) = request.app_data::<Data<Demand>>() else {
        return Err(Problem::internal("the service was built without what it demands"));
    };
    if session.is_some() && !second_factor && demand.is_of(&who) {
        return Err(Problem::totp_enrolment_required());
    }
    Ok((who, session))
}

/// Who asks, by which session, and whether they signed in by two factors; a program has neither.
struct Asking {
    who: Principal,
    session: Option<CurrentSession>,
    second_factor: bool,
}

/// What a request bears as RFC 6750 has it.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The key that a request bears, as it was sent.
pub fn bearer_key(request: &HttpRequest) -> Option<&str> {
    bearer(request).filter(|token| token.starts_with(token::PREFIX))
}

/// What is kept of a key.
pub fn digest_of_key(key: &str) -> Vec<u8> {
    secret::digest(key)
}

/// Who acts by the key that a request bears, where nobody need be signed in.
///
/// # Errors
/// `unauthenticated` where it is not good.
pub async fn by_bearer_key(request: &HttpRequest, key: &str) -> Result<Principal, Problem> {
    let newsroom = request.app_data::<Data<Newsroom>>();
    let newsroom = newsroom.ok_or_else(|| Problem::internal("the service was built without its newsroom"))?;
    by_key(newsroom, key).await
}

async fn asking(request: &HttpRequest) -> Result<Asking, Problem> {
    let token = bearer(request).ok_or_else(Problem::unauthenticated)?;
    let (Some(keys), Some(newsroom)) = (request.app_data::<Data<Keys>>(), request.app_data::<Data<Newsroom>>()) else {
        return Err(Problem::internal("the service was built without its keys"));
    };
    let source = Source::of(request);
    if token.starts_with(token::PREFIX) {
        let who = by_key(newsroom, token).await?;
        return Ok(Asking { who: Principal { source, ..who }, session: None, second_factor: false });
    }
    let claims = keys.verify(token).ok_or_else(Problem::unauthenticated)?;
    let found = newsroom.read(move |conn| session::signed_in(conn, claims.sub, claims.sid)).await?;
    let SignedIn { who, second_factor } = found.ok_or_else(Problem::unauthenticated)?;
    let session = Some(CurrentSession(claims.sid));
    Ok(Asking { who: Principal { source, ..who }, session, second_factor })
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
