//! The one place where a password is compared: let in by the gate first, and the same for everyone who gets it wrong.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use super::{gate::Admitted, password, people::Proven};
use crate::{
    db::{Newsroom, schema::users},
    http::Problem,
};

/// An address as accounts have it: upper and lower case are the same.
pub fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The account with this address and password, if it is not disabled.
///
/// # Errors
/// `invalid_credentials`, whatever is wrong.
pub async fn check(
    newsroom: &Newsroom,
    admitted: &Admitted,
    email: String,
    password: SecretString,
) -> Result<Proven, Problem> {
    // With a turn in hand: so many sign-ins at most are at the database or at a core at once.
    let turn = password::turn().await?;
    let account: Option<(Uuid, String)> = newsroom
        .read(move |conn| {
            let account = users::table.filter(users::email.eq(&email)).filter(users::disabled_at.is_null());
            Ok(account.select((users::id, users::password_hash)).first(conn).optional()?)
        })
        .await?;
    let account = account.map(|(id, password_hash)| Proven { id, password_hash });
    let stored = account.as_ref().map(|account| account.password_hash.clone());
    let matches = password::verify(turn, password, stored).await?;
    let account = account.filter(|_| matches).ok_or_else(Problem::invalid_credentials)?;
    admitted.succeeded();
    Ok(account)
}
