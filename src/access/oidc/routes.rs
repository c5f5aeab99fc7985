//! Leaving for the provider, coming back, and linking an account that one has to what one is there.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    middleware::from_fn,
    post,
    web::Data,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    flow::{Flow, Link},
    provider::{Said, SingleSignOn},
    store::{Arrival, Seal},
};
use crate::{
    access::{
        Principal, credentials,
        gate::Gate,
        keys::Keys,
        layer::{CurrentSession, require_sign_in},
        people,
        sign_in::{Tokens, tokens, user_agent},
    },
    audit::Source,
    db::Newsroom,
    http::{
        Item, Json, Problem,
        openapi::{LinkRefusals, ProviderRefusals},
        reply::{self, SiteUrl},
        text,
    },
};

/// What the provider sends a browser back with. It may send more.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says in the document what is read by name")]
pub struct Back {
    /// What the sign-in is exchanged by, once.
    #[param(max_length = 4096)]
    code: Option<String>,
    /// What `auth/oidc` sent along.
    #[param(max_length = 200)]
    state: Option<String>,
    /// Why there is none.
    #[param(max_length = 200)]
    error: Option<String>,
}

/// A proof that it is the owner who links their account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkStart {
    /// The password.
    #[schema(max_length = 1024, value_type = String, format = Password, example = "mot-mat-khau-dai")]
    password: SecretString,
}

/// Where to go on.
#[derive(Serialize, ToSchema)]
pub struct Departure {
    /// Where to sign in at the provider, with this browser, within ten minutes.
    #[schema(example = "https://id.tinh.example/auth?client_id=tintuc&response_type=code")]
    authorization_url: String,
}

/// Sign in by the provider of OpenID Connect.
///
/// Leads a browser there; whoever does not accept `text/html` is told where that is. A cookie keeps, sealed, what the browser has
/// to come back with, within ten minutes. 404 where single sign-on is not set up.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "get_single_sign_on",
    responses(
        (status = 200, description = "Where to go on; a cookie is set", body = Item<Departure>),
        (status = 303, description = "To the provider; a cookie is set"),
        ProviderRefusals,
    ),
)]
#[get("/oidc")]
pub async fn begin(request: HttpRequest, sso: Data<SingleSignOn>) -> Result<HttpResponse, Problem> {
    let (url, flow) = sso.provider()?.leave(None).await?;
    let mut accepted = request.headers().get_all(header::ACCEPT).filter_map(|line| line.to_str().ok());
    let mut answer = if accepted.any(|line| line.contains("text/html")) {
        HttpResponse::SeeOther().insert_header((header::LOCATION, url.as_str())).finish()
    } else {
        reply::item(Departure { authorization_url: url.into() })
    };
    let headers = answer.headers_mut();
    headers.append(header::SET_COOKIE, kept(&request, &flow)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Come back from the provider, signed in.
///
/// Roles are those that the provider's claims give, now and with each refresh, which asks the provider anew: who is known there no
/// longer is signed out. Somebody who comes for the first time gets an account. One that has their address and a password is not
/// theirs by that: 409, until its owner links it (`auth/oidc/link`).
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "get_single_sign_on_callback",
    params(Back),
    responses((status = 200, description = "Signed in", body = Tokens), ProviderRefusals),
)]
#[get("/oidc/callback")]
pub async fn callback(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    sso: Data<SingleSignOn>,
    source: Source,
) -> Result<HttpResponse, Problem> {
    let provider = sso.provider()?;
    let back: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let sent = |name: &str| back.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let unknown = || Problem::bad_request(text("oidc-unknown-flow"));
    let flow = sent("state").and_then(|state| Flow::of(&request, &keys, state)).ok_or_else(unknown)?;
    // RFC 9207: of several providers, this one.
    if sent("iss").is_some_and(|issuer| issuer != provider.issuer()) {
        return Err(unknown());
    }
    let code = sent("code").filter(|_| sent("error").is_none()).ok_or_else(Problem::refused_by_provider)?;
    let Said::Known(person) = provider.exchange(code.to_owned(), flow.verifier, flow.nonce).await? else {
        return Err(Problem::refused_by_provider());
    };
    let arrival = Arrival {
        roles: provider.mapping.roles(&person.claims).into_iter().cloned().collect(),
        person: *person,
        issuer: provider.issuer().to_owned(),
        link: flow.link,
        source,
        user_agent: user_agent(&request),
    };
    let key = Seal::of(&keys);
    let continued = newsroom.transaction(move |tx| arrival.enter(tx, key)).await??;
    let mut answer = tokens(&keys, continued)?;
    let ended = Flow::end_cookie(SiteUrl::of(&request).is_secure());
    let headers = answer.headers_mut();
    headers.append(header::SET_COOKIE, HeaderValue::from_str(&ended).map_err(Problem::internal)?);
    // The address of this answer holds the code.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

/// Link one's account to what one is at the provider.
///
/// Asks for the password: whoever found a token must not sign in by a provider of their own for ever. Whoever then signs in at
/// the provider with this browser, within ten minutes, has this account from then on, with the roles that the provider's claims
/// give. Password, second factor and sessions of before end.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "link_single_sign_on",
    request_body = LinkStart,
    security(("sign_in" = [])),
    responses((status = 200, description = "Where to go on; a cookie is set", body = Item<Departure>), LinkRefusals),
)]
#[post("/oidc/link", wrap = "from_fn(require_sign_in)")]
pub async fn link(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    gate: Data<Gate>,
    sso: Data<SingleSignOn>,
    who: Principal,
    CurrentSession(session): CurrentSession,
    Json(input): Json<LinkStart>,
) -> Result<HttpResponse, Problem> {
    let provider = sso.provider()?;
    let source = who.source.ok_or_else(|| Problem::internal("a request without an id"))?;
    let account = newsroom.read(move |conn| people::account(conn, who.id)).await?;
    let admitted = gate.admit_signed_in(session, &account.email)?;
    let owner = credentials::check(&newsroom, &admitted, source, account.email, input.password).await?;
    let (url, flow) = provider.leave(Some(Link::of(&owner))).await?;
    let mut answer = reply::item(Departure { authorization_url: url.into() });
    answer.headers_mut().append(header::SET_COOKIE, kept(&request, &flow)?);
    Ok(answer)
}

/// What the browser is to keep of this.
fn kept(request: &HttpRequest, flow: &Flow) -> Result<HeaderValue, Problem> {
    let keys = request.app_data::<Data<Keys>>();
    let keys = keys.ok_or_else(|| Problem::internal("the service was built without its keys"))?;
    HeaderValue::from_str(&flow.set_cookie(keys, SiteUrl::of(request).is_secure())).map_err(Problem::internal)
}
