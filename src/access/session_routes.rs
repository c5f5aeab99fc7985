//! Looking after one's own sessions and password.

use actix_web::{
    HttpResponse, delete, get,
    middleware::from_fn,
    post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Actor,
    credentials::{self, Origin},
    layer::require_sign_in,
    password, session,
};
use crate::{
    db::{
        Newsroom,
        pool::clock,
        schema::{sessions, users},
    },
    http::{
        All, Json, Problem,
        openapi::{ManageList, ManageRead, SignInRefusals},
        reply,
    },
};

/// A place where one is signed in.
#[derive(Serialize, ToSchema, Queryable)]
pub struct Session {
    /// The session.
    id: Uuid,
    /// What the client called itself when it signed in.
    #[schema(example = "Mozilla/5.0")]
    user_agent: String,
    /// When it signed in.
    created_at: DateTime<Utc>,
    /// When its tokens were last renewed.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    expires_at: DateTime<Utc>,
}

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
    operation_id = "sessions",
    security(("sign_in" = [])),
    responses((status = 200, description = "The caller's sessions, newest first", body = All<Session>), ManageList),
)]
#[get("/sessions", wrap = "from_fn(require_sign_in)")]
pub async fn list(newsroom: Data<Newsroom>, actor: Actor) -> Result<HttpResponse, Problem> {
    let sessions: Vec<Session> = newsroom
        .read(move |conn| {
            Ok(sessions::table
                .filter(sessions::user_id.eq(actor.id))
                .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(clock())))
                .order(sessions::id.desc())
                .select((
                    sessions::id,
                    sessions::user_agent,
                    sessions::created_at,
                    sessions::last_used_at,
                    sessions::expires_at,
                ))
                .load(conn)?)
        })
        .await?;
    Ok(reply::item(sessions))
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
pub async fn end(newsroom: Data<Newsroom>, actor: Actor, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            let theirs = sessions::table.find(id).filter(sessions::user_id.eq(actor.id)).select(sessions::id);
            theirs.first::<Uuid>(tx.conn)?;
            session::end(tx, id, session::End::Revoked)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Change one's password. Every session ends, this one included: sign in anew.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "change_password",
    request_body = PasswordChange,
    security(("sign_in" = [])),
    responses((status = 204, description = "Changed"), SignInRefusals),
)]
#[post("/password", wrap = "from_fn(require_sign_in)")]
pub async fn change_password(
    newsroom: Data<Newsroom>,
    actor: Actor,
    origin: Origin,
    Json(input): Json<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    if let Err(message) = password::acceptable(&input.new_password) {
        return Err(Problem::invalid("/new_password", "password", message));
    }
    let id = credentials::check(&newsroom, origin, &actor.email, input.current_password).await?;
    let hash = password::hash_for_handler(input.new_password).await?;
    newsroom
        .transaction(move |tx| {
            diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(tx.conn)?;
            session::end_all(tx, id, session::End::PasswordChanged)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
