//! Signing in, staying signed in, signing out; the keys that verify tokens; who one is.

use actix_web::{HttpRequest, HttpResponse, get, http::header, middleware::from_fn, post, web::Data};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Principal, credentials,
    gate::{CodeTry, Gate},
    keys::{KeySet, Keys},
    layer::{CurrentSession, require_sign_in_to_enrol},
    oidc::{provider::SingleSignOn, renewal::renew},
    origin::Origin,
    people,
    principal::{ActingKey, GrantView},
    session::{self, Refresh, Vouched},
    sign_in::{Arrival, Tokens, signed_in, tokens},
};
use crate::{
    audit::Source,
    content::KeyRef,
    db::Newsroom,
    http::{
        Item, Json, Problem,
        openapi::{ManageList, RefreshRefusals, SignInRefusals},
        reply,
    },
};

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address of the account; upper and lower case are the same.
    #[schema(max_length = 254, example = "bientap@tintuc.example")]
    email: String,
    /// The password.
    #[schema(max_length = 1024, value_type = String, format = Password, example = "mot-mat-khau-dai")]
    password: SecretString,
    /// What the authenticator shows at the moment, or a recovery code; where a second factor is set up.
    #[serde(default)]
    #[schema(max_length = 40, value_type = Option<String>, example = "287082")]
    code: Option<SecretString>,
}

/// What continues a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshInput {
    /// The refresh token that the last answer gave.
    #[schema(max_length = 200, value_type = String, example = "ttr_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    refresh_token: SecretString,
}

/// The caller.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The user.
    id: Uuid,
    /// The address they sign in with.
    #[schema(example = "bientap@tintuc.example")]
    email: String,
    /// Their name, as others see it.
    #[schema(example = "Ban Biên tập")]
    name: String,
    /// Their roles.
    grants: Vec<GrantView>,
    /// The key by which a program acts in their name, with what is left to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<KeyRef>,
}

/// Sign in.
///
/// Failed sign-ins look the same whatever is wrong, and are slowed down by account and network. Where a second factor is set
/// up, the right password without a `code` is 401 `totp_required`. The answer sets a cookie by which this device is told
/// from strangers when it signs in again; it opens nothing.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "login",
    request_body = Login,
    responses((status = 200, description = "Signed in", body = Tokens), SignInRefusals),
)]
#[post("/login")]
pub async fn login(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    gate: Data<Gate>,
    origin: Origin,
    source: Source,
    Json(input): Json<Login>,
) -> Result<HttpResponse, Problem> {
    let email = credentials::address(&input.email);
    let admitted = gate.admit(&newsroom, &origin, &email).await?;
    let owner = credentials::check(&newsroom, &admitted, source, email, input.password).await?;
    let arrival = Arrival::new(&request, source, &admitted, &keys, input.code);
    let attempt = arrival.tries_code(&admitted)?;
    let entered = newsroom
        .transaction(move |tx| {
            owner.hold(tx)?;
            match arrival.is_refused(tx, owner.id)? {
                Some(refusal) => Ok(Err(refusal)),
                None => arrival.begins(tx, &owner, "password").map(Ok),
            }
        })
        .await?;
    let continued = entered?;
    attempt.iter().for_each(CodeTry::succeeded);
    signed_in(&request, &keys, &admitted, continued)
}

/// Continue a session.
///
/// Each refresh token is good for one use. One that is used twice ends the whole session: somebody else has it. Where a provider
/// of single sign-on let somebody in, it is asked whether it still knows them: if not, the session ends; while it is away this is 503,
/// and the token stays good.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "refresh_tokens",
    request_body = RefreshInput,
    responses((status = 200, description = "The next tokens", body = Tokens), RefreshRefusals),
)]
#[post("/refresh")]
pub async fn refresh(
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    sso: Data<SingleSignOn>,
    source: Source,
    Json(input): Json<RefreshInput>,
) -> Result<HttpResponse, Problem> {
    let (token, sent) = (input.refresh_token.clone(), input.refresh_token);
    let refresh =
        newsroom.transaction(move |tx| session::refresh(tx, token.expose_secret(), Vouched::ByNobody)).await?;
    let refresh = match refresh {
        Refresh::ToBeVouched(asked) => renew(&newsroom, &keys, &sso, source, sent, asked).await?,
        done => done,
    };
    match refresh {
        Refresh::Rotated(continued) => tokens(&keys, continued),
        Refresh::Busy => Err(Problem::unavailable("a session is being renewed already")),
        Refresh::ToBeVouched(_) | Refresh::Refused => Err(Problem::unauthenticated()),
    }
}

/// Sign out: end the session that the access token belongs to.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "logout",
    security(("sign_in" = [])),
    responses((status = 204, description = "Signed out"), ManageList),
)]
#[post("/logout", wrap = "from_fn(require_sign_in_to_enrol)")]
pub async fn logout(
    newsroom: Data<Newsroom>,
    who: Principal,
    CurrentSession(id): CurrentSession,
) -> Result<HttpResponse, Problem> {
    newsroom
        .transaction(move |tx| session::end(tx, who.at(tx.now).stamp(), who.id, id, session::SessionEnd::Logout))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The public keys that verify access tokens.
#[utoipa::path(
    tag = "Operations",
    operation_id = "get_jwks",
    path = "/.well-known/jwks.json",
    responses((status = 200, description = "A JSON Web Key Set (RFC 7517)", body = KeySet), crate::http::openapi::PublicList),
)]
#[get("/.well-known/jwks.json")]
pub async fn jwks(keys: Data<Keys>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "max-age=300")).json(keys.public())
}

/// The caller and their roles.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "get_me",
    security(("sign_in" = [])),
    responses((status = 200, description = "The caller", body = Item<Me>), ManageList),
)]
#[get("/me")]
pub async fn me(newsroom: Data<Newsroom>, who: Principal) -> Result<HttpResponse, Problem> {
    let account = newsroom.read(move |conn| people::account(conn, who.id)).await?;
    let grants = who.grants.into_iter().map(GrantView::from).collect();
    let key = who.key.map(|ActingKey { id, name, .. }| KeyRef { id, name });
    let people::Account { id, email, name } = account;
    Ok(reply::item(Me { id, email, name, grants, key }))
}
