//! Coming in by an invitation.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    gate::{CodeTry, Gate},
    keys::Keys,
    origin::Origin,
    password,
    sign_in::{Arrival, Tokens, signed_in},
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
    /// What the authenticator shows at the moment, or a recovery code; where a second factor is set up.
    #[serde(default)]
    #[schema(max_length = 40, value_type = Option<String>, example = "287082")]
    code: Option<SecretString>,
}

/// Accept an invitation: set one's password, and sign in.
///
/// The invitation is good once. All sessions by an earlier password end. A second factor stays: without its `code` this is
/// 401 `totp_required`, and the invitation is still good.
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
    let arrival = Arrival::new(&request, source, &admitted, &keys, input.code);
    let attempt = arrival.tries_code(&admitted)?;
    let entered = newsroom
        .transaction(move |tx| {
            guest.hold(tx)?;
            if let Some(refusal) = arrival.is_refused(tx, guest.user_id)? {
                return Ok(Err(refusal));
            }
            let owner = guest.accept(tx, source, hash)?;
            arrival.begins(tx, &owner, "invitation").map(Ok)
        })
        .await?;
    let continued = entered?;
    attempt.iter().for_each(CodeTry::succeeded);
    signed_in(&request, &keys, &admitted, continued)
}
