//! Looking after one's own sessions and password.

use actix_web::{
    HttpResponse, delete, get,
    middleware::from_fn,
    post,
    web::{Data, Path},
};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Principal, credentials,
    gate::Gate,
    layer::{CurrentSession, require_sign_in},
    password, people,
    session::{self, Session},
};
use crate::{
    audit::{self, Event, Source},
    db::Newsroom,
    http::{
        All, Json, Problem,
        openapi::{ManageList, ManageRead, PasswordRefusals},
        reply,
    },
};

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    #[schema(max_length = 1024, value_type = String, format = Password)]
    current_password: SecretString,
    /// The password from now on, 8 to 256 characters.
    #[schema(max_length = 1024, value_type = String, format = Password)]
    new_password: SecretString,
}

/// Where one is signed in.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "list_sessions",
    security(("sign_in" = [])),
    responses((status = 200, description = "The caller's sessions, newest first", body = All<Session>), ManageList),
)]
#[get("/sessions", wrap = "from_fn(require_sign_in)")]
pub async fn list(newsroom: Data<Newsroom>, who: Principal, _: CurrentSession) -> Result<HttpResponse, Problem> {
    Ok(reply::item(newsroom.read(move |conn| session::open_of(conn, who.id)).await?))
}

/// End one of one's own sessions.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "end_session",
    params(("id" = Uuid, Path, description = "The session")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Ended"), ManageRead),
)]
#[delete("/sessions/{id}", wrap = "from_fn(require_sign_in)")]
pub async fn end(
    newsroom: Data<Newsroom>,
    who: Principal,
    _: CurrentSession,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom.transaction(move |tx| session::end_own(tx, who.at(tx.now).stamp(), who.id, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all of one's sessions, this one included.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "end_sessions",
    security(("sign_in" = [])),
    responses((status = 204, description = "Ended"), ManageList),
)]
#[delete("/sessions", wrap = "from_fn(require_sign_in)")]
pub async fn end_all(newsroom: Data<Newsroom>, who: Principal, _: CurrentSession) -> Result<HttpResponse, Problem> {
    newsroom
        .transaction(move |tx| session::end_all(tx, who.at(tx.now).stamp(), who.id, session::SessionEnd::Revoked))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Change one's password. Every session ends, this one included: sign in anew.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "change_password",
    request_body = PasswordChange,
    security(("sign_in" = [])),
    responses((status = 204, description = "Changed"), PasswordRefusals),
)]
#[post("/password", wrap = "from_fn(require_sign_in)")]
pub async fn change_password(
    newsroom: Data<Newsroom>,
    gate: Data<Gate>,
    source: Source,
    who: Principal,
    CurrentSession(session): CurrentSession,
    Json(input): Json<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    if let Err(message) = password::acceptable(&input.new_password) {
        return Err(Problem::invalid("/new_password", "password", message));
    }
    let account = newsroom.read(move |conn| people::account(conn, who.id)).await?;
    let admitted = gate.admit_signed_in(session, &account.email)?;
    let owner = credentials::check(&newsroom, &admitted, source, account.email, input.current_password).await?;
    let hash = password::hash_for_handler(input.new_password).await?;
    newsroom
        .transaction(move |tx| {
            let stamp = who.at(tx.now).stamp();
            owner.change_password(tx, &hash)?;
            audit::record(tx.conn, owner.id, stamp, &Event::PasswordChanged {})?;
            session::end_all(tx, stamp, owner.id, session::SessionEnd::PasswordChanged)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
