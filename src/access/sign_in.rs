//! What all ways of signing in have in common: the code beside the password, the session, what is written of it, and the
//! answer.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    gate::{Admitted, CodeTry},
    keys::{ACCESS_SECONDS, Keys},
    people::Proven,
    session::{self, Continued},
    tally::Key,
    totp::{
        codes::SealingKey,
        store::{self, Asked},
    },
};
use crate::{
    audit::{Source, Stamp},
    db::Tx,
    http::{Problem, reply::SiteUrl},
    told_once::ToldOnce,
};

/// A signed-in session's tokens.
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Sent as `Authorization: Bearer …`; an EdDSA JWT, verifiable by `/.well-known/jwks.json`.
    access_token: String,
    /// Good for one use; the answer to that use holds the next one.
    #[schema(value_type = String, format = Password)]
    refresh_token: ToldOnce,
    /// How to send the access token.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: i64,
}

/// Somebody who is about to sign in: from where, with what client, and what they typed beside the password.
#[derive(Clone)]
pub struct Arrival {
    source: Source,
    user_agent: String,
    origin: Key,
    code: Option<SecretString>,
    key: SealingKey,
}

impl Arrival {
    /// Whoever sent this request and was let in.
    pub fn new(
        request: &HttpRequest,
        source: Source,
        admitted: &Admitted,
        keys: &Keys,
        code: Option<SecretString>,
    ) -> Self {
        let (user_agent, origin, key) = (user_agent(request), admitted.origin, SealingKey::of(keys));
        Self { source, user_agent, origin, code, key }
    }

    /// Lets the try at a code in, if one came.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn tries_code(&self, admitted: &Admitted) -> Result<Option<CodeTry>, Problem> {
        self.code.as_ref().map(|_| admitted.admit_code()).transpose()
    }

    /// Asks for the code, once what it stands beside is proved. What it is refused for is the answer when all that was
    /// written is kept.
    pub fn is_refused(&self, tx: &mut Tx<'_>, user: Uuid) -> Result<Option<Problem>, Problem> {
        let stamp = Stamp { source: Some(self.source), ..Stamp::by_service(tx.now) };
        let code = self.code.as_ref().map(ExposeSecret::expose_secret);
        Ok(match store::ask(tx, self.key, stamp, user, code)? {
            Asked::Passed => None,
            Asked::Missing => Some(Problem::totp_required()),
            Asked::Refused => Some(Problem::invalid_code()),
        })
    }

    /// Starts the session of whoever proved to be the account's owner, by a `password` or an `invitation`.
    ///
    /// # Errors
    /// `invalid_credentials` where the proof holds no more.
    pub fn begins(&self, tx: &mut Tx<'_>, owner: &Proven, by: &'static str) -> Result<Continued, Problem> {
        let begun = session::start(tx, owner, &self.user_agent, Some(&self.origin))?;
        session::note_start(tx, self.source, &begun, by)?;
        Ok(begun)
    }
}

/// The answer to a sign-in: the session's tokens, and what this device is known by from now on.
pub fn signed_in(
    request: &HttpRequest,
    keys: &Keys,
    admitted: &Admitted,
    continued: Continued,
) -> Result<HttpResponse, Problem> {
    let mut answer = tokens(keys, continued)?;
    let cookie = admitted.signed_in(SiteUrl::of(request).is_secure());
    answer.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Problem::internal)?);
    Ok(answer)
}

/// The answer that holds a session's tokens.
pub fn tokens(keys: &Keys, continued: Continued) -> Result<HttpResponse, Problem> {
    let access_token = keys.issue(continued.user_id, continued.session_id).map_err(Problem::internal)?;
    let refresh_token = continued.refresh_token;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Tokens {
        access_token,
        refresh_token,
        token_type: "Bearer",
        expires_in: ACCESS_SECONDS,
    }))
}

/// What the client calls itself.
pub fn user_agent(request: &HttpRequest) -> String {
    let value = request.headers().get(header::USER_AGENT);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
