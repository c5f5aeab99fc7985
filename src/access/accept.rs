//! Coming in by an invitation.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    gate::Gate,
    keys::Keys,
    origin::Origin,
    password,
    routes::{Tokens, signed_in, user_agent},
    session,
    users::invites,
};
use crate::{
    audit::Source,
    db::Newsroom,
    http::{Json, Problem, openapi::SignInRefusals},
};

/// An invitation, and the password that its holder chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The token of the invitation.
    #[schema(max_length = 200, value_type = String, example = "tti_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: SecretString,
    /// The password from now on, 8 to 256 characters.
    #[schema(max_length = 1024, value_type = String, format = Password, example = "mot-mat-khau-dai")]
    password: SecretString,
}

/// Accept an invitation: set one's password, and sign in.
///
/// The invitation is good once. All sessions by an earlier password end.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "accept_invite",
    request_body = Acceptance,
    responses((status = 200, description = "Signed in", body = Tokens), SignInRefusals),
)]
#[post("/accept")]
pub async fn accept(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    gate: Data<Gate>,
    origin: Origin,
    source: Source,
    Json(input): Json<Acceptance>,
) -> Result<HttpResponse, Problem> {
    if let Err(message) = password::acceptable(&input.password) {
        return Err(Problem::invalid("/password", "password", message));
    }
    let token = input.token;
    let guest = newsroom.read(move |conn| invites::guest(conn, token.expose_secret())).await?;
    let hash = password::hash_for_handler(input.password).await?;
    let admitted = gate.welcome(&origin, &guest.email);
    let (user_agent, origin) = (user_agent(&request), admitted.origin);
    let continued = newsroom
        .transaction(move |tx| {
            let owner = guest.accept(tx, source, hash)?;
            let begun = session::start(tx, &owner, &user_agent, Some(&origin))?;
            session::note_start(tx, source, &begun, "invitation")?;
            Ok(begun)
        })
        .await?;
    signed_in(&request, &keys, &admitted, continued)
}
