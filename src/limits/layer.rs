//! The layer around the routes: counts each request that comes so far, and refuses one too many.

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};

use super::{
    Limits,
    keys::KnownKey,
    rates::{Class, Left, Who},
};
use crate::{
    access::{KeyScope, Principal, layer as sign_in},
    http::{
        Problem,
        client::{ClientAddress, network},
        side::Side,
    },
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Counts the request, and lets it through if it is not too many. On the management side behind the sign-in.
///
/// # Errors
/// Those of the service inside.
pub async fn layer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (Some(limits), Some(class)) = (request.app_data::<Data<Limits>>().cloned(), class(request.request())) else {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    };
    let who = match who(&limits, class, request.request()).await {
        Ok(who) => who,
        Err(problem) => return Ok(request.into_response(problem.error_response()).map_into_right_body()),
    };
    let left = limits.count(class, &who);
    let mut response = match left.again_in {
        Some(seconds) => request.into_response(Problem::rate_limited(seconds).error_response()).map_into_right_body(),
        None => next.call(request).await?.map_into_left_body(),
    };
    tell(&left, response.headers_mut());
    Ok(response)
}

fn tell(left: &Left, headers: &mut HeaderMap) {
    for (name, value) in [(RATE_LIMIT, left.header()), (RATE_LIMIT_POLICY, left.policy())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// What a request is counted as; none for reading on the management side, which is for those who are signed in.
fn class(request: &HttpRequest) -> Option<Class> {
    match Side::of(request.path()) {
        // Who is signed in and looks at their sessions tries nothing; the way by a provider is all GET.
        Side::SignIn => {
            let tries = !request.method().is_safe() || request.path().starts_with("/api/v1/auth/oidc");
            tries.then_some(Class::SignIn)
        }
        Side::Management => (!request.method().is_safe()).then_some(Class::Writes),
        Side::Public if *request.method() == Method::POST => Some(Class::Views),
        Side::Public if matches!(request.path(), "/api/v1/sync" | "/api/v1/stream") => Some(Class::Sync),
        Side::Public => Some(Class::Reads),
    }
}

/// Who is asking.
///
/// # Errors
/// `unauthenticated` for a key that is not good; `rate_limited` where a network comes with too many of those.
async fn who(limits: &Limits, class: Class, request: &HttpRequest) -> Result<Who, Problem> {
    let ClientAddress(address) = ClientAddress::of(request);
    let network = Who::Network(network(address, 3, 6));
    let scope = match class {
        Class::Writes => return Ok(signed_in(request).unwrap_or(network)),
        Class::SignIn => return Ok(network),
        Class::Reads => KeyScope::Read,
        Class::Sync => KeyScope::Sync,
        Class::Views => KeyScope::Views,
    };
    let Some(token) = sign_in::bearer_key(request) else { return Ok(network) };
    let digest = sign_in::digest_of_key(token);
    let key = match limits.known.get(&digest) {
        Some(key) => key,
        None => {
            // A stranger who makes keys up asks the database with each.
            if let Some(seconds) = limits.count(Class::SignIn, &network).again_in {
                return Err(Problem::rate_limited(seconds));
            }
            let found = sign_in::by_bearer_key(request, token).await?.key;
            let found = found.ok_or_else(Problem::unauthenticated)?;
            let key = KnownKey { id: found.id, scopes: found.scopes };
            limits.known.note(digest, key.clone());
            key
        }
    };
    Ok(if key.scopes.contains(&scope) { Who::Key(key.id) } else { network })
}

/// Somebody who is signed in, or a program that acts for them.
fn signed_in(request: &HttpRequest) -> Option<Who> {
    let extensions = request.extensions();
    let principal = extensions.get::<Principal>()?;
    Some(principal.key.as_ref().map_or(Who::User(principal.id), |key| Who::Key(key.id)))
}
