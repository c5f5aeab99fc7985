//! Setting up a second factor of one's own, and taking it off.

use actix_web::{
    HttpResponse, delete, get,
    middleware::from_fn,
    post,
    web::{Data, Path},
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    codes::SealingKey,
    model::{CodeInput, NewSecret, Recovery, Start, State},
    store::{self, Asked},
};
use crate::{
    access::{
        Permission, Principal, credentials,
        gate::Gate,
        keys::Keys,
        layer::{CurrentSession, require_sign_in_to_enrol},
        people, session, users,
    },
    audit::Source,
    db::Newsroom,
    http::{
        Item, Json, OptionalJson, Problem,
        openapi::{FactorRefusals, ManageList, ManageRead},
        reply, text,
    },
    told_once::ToldOnce,
};

/// Whether a second factor is set up, and how many recovery codes are left.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "get_totp",
    security(("sign_in" = [])),
    responses((status = 200, description = "The caller's second factor", body = Item<State>), ManageList),
)]
#[get("/totp", wrap = "from_fn(require_sign_in_to_enrol)")]
pub async fn show(newsroom: Data<Newsroom>, who: Principal, _: CurrentSession) -> Result<HttpResponse, Problem> {
    Ok(reply::item(newsroom.read(move |conn| store::state(conn, who.id)).await?))
}

/// Begin to set up a second factor.
///
/// The answer is what an authenticator (RFC 6238) has to be told, this once; nothing is asked for until `auth/totp/confirm` has
/// seen its first code. Asks for the password of whoever did not sign in within the last 15 minutes.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "begin_totp",
    request_body = Option<Start>,
    security(("sign_in" = [])),
    responses((status = 200, description = "What to tell the authenticator", body = Item<NewSecret>), FactorRefusals),
)]
#[post("/totp", wrap = "from_fn(require_sign_in_to_enrol)")]
pub async fn begin(
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    gate: Data<Gate>,
    source: Source,
    who: Principal,
    CurrentSession(session): CurrentSession,
    OptionalJson(input): OptionalJson<Start>,
) -> Result<HttpResponse, Problem> {
    let account = newsroom.read(move |conn| people::account(conn, who.id)).await?;
    let (email, key) = (account.email.clone(), SealingKey::of(&keys));
    let owner = match input.password {
        None => None,
        Some(password) => {
            let admitted = gate.admit_signed_in(session, &account.email)?;
            Some(credentials::check(&newsroom, &admitted, source, account.email, password).await?)
        }
    };
    let shared = newsroom
        .transaction(move |tx| {
            // Whoever found a token must not lock its owner out with an authenticator of their own.
            match &owner {
                Some(owner) => owner.hold(tx)?,
                None if session::is_fresh(tx, session)? => {}
                None => return Err(Problem::invalid("/password", "required", text("password-once-more"))),
            }
            store::begin(tx, key, who.id)
        })
        .await?;
    let otpauth_url = ToldOnce::new(shared.url(&email).map_err(Problem::internal)?);
    Ok(reply::item(NewSecret { secret: ToldOnce::new(shared.in_base32()), otpauth_url }))
}

/// Confirm a second factor by its first code.
///
/// From then on each sign-in asks for a `code`. The answer holds recovery codes, this once; each is good in the place of one.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "confirm_totp",
    request_body = CodeInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "Set up", body = Item<Recovery>), FactorRefusals),
)]
#[post("/totp/confirm", wrap = "from_fn(require_sign_in_to_enrol)")]
pub async fn confirm(
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    who: Principal,
    _: CurrentSession,
    Json(input): Json<CodeInput>,
) -> Result<HttpResponse, Problem> {
    let key = SealingKey::of(&keys);
    let recovery_codes =
        newsroom.transaction(move |tx| store::confirm(tx, key, &who, input.code.expose_secret())).await?;
    Ok(reply::item(Recovery { recovery_codes }))
}

/// Take one's second factor off.
///
/// Asks for a code, or a recovery code: who has only the session or the password takes nothing off. Whoever has neither asks an
/// administrator.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "remove_totp",
    request_body = CodeInput,
    security(("sign_in" = [])),
    responses((status = 204, description = "Taken off"), FactorRefusals),
)]
#[delete("/totp", wrap = "from_fn(require_sign_in_to_enrol)")]
pub async fn remove(
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    gate: Data<Gate>,
    who: Principal,
    CurrentSession(session): CurrentSession,
    Json(input): Json<CodeInput>,
) -> Result<HttpResponse, Problem> {
    let account = newsroom.read(move |conn| people::account(conn, who.id)).await?;
    let attempt = gate.admit_signed_in(session, &account.email)?.admit_code()?;
    let key = SealingKey::of(&keys);
    let asked = newsroom
        .transaction(move |tx| {
            let stamp = who.at(tx.now).stamp();
            if !store::is_asked_for(tx, who.id)? {
                return Err(Problem::conflict(text("totp-not-enrolled")));
            }
            let asked = store::ask(tx, key, stamp, who.id, Some(input.code.expose_secret()))?;
            if asked == Asked::Passed {
                store::remove(tx, stamp, who.id)?;
            }
            Ok(asked)
        })
        .await?;
    match asked {
        Asked::Passed => {
            attempt.succeeded();
            Ok(HttpResponse::NoContent().finish())
        }
        Asked::Missing | Asked::Refused => Err(Problem::invalid_code()),
    }
}

/// Take the second factor off somebody who lost theirs.
///
/// They sign in by their password alone until they set one up anew; a role that demands one opens nothing before that.
#[utoipa::path(
    tag = "People",
    operation_id = "remove_user_totp",
    params(("id" = Uuid, Path, description = "The user")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Taken off, or there was none"), ManageRead),
)]
#[delete("/users/{id}/totp")]
pub async fn take_off(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    newsroom
        .transaction(move |tx| {
            let user = users::store::lock(tx, id)?;
            users::grants::require_over(&who, &user)?;
            store::remove(tx, who.at(tx.now).stamp(), id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
