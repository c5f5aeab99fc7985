//! The one place where a password is compared: let in by the gate first, and the same for everyone who gets it wrong.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use super::{gate::Admitted, password, people::Proven};
use crate::{
    audit::{self, Event, Source, Stamp},
    db::{Newsroom, Tx, schema::users},
    http::Problem,
};

/// An address as accounts have it: upper and lower case are the same.
pub fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

#[derive(Queryable)]
struct Found {
    id: Uuid,
    password_hash: String,
    disabled_at: Option<DateTime<Utc>>,
}

/// The account with this address and password, if it is not disabled. What is refused is written down.
///
/// # Errors
/// `invalid_credentials`, whatever is wrong.
pub async fn check(
    newsroom: &Newsroom,
    admitted: &Admitted,
    source: Source,
    email: String,
    password: SecretString,
) -> Result<Proven, Problem> {
    // With a turn in hand: so many sign-ins at most are at the database or at a core at once.
    let turn = password::turn().await?;
    let found: Option<Found> = newsroom
        .read(move |conn| {
            let account = users::table.filter(users::email.eq(&email));
            Ok(account.select((users::id, users::password_hash, users::disabled_at)).first(conn).optional()?)
        })
        .await?;
    let meant = found.as_ref().map(|found| found.id);
    let account = found.filter(|found| found.disabled_at.is_none());
    let stored = account.as_ref().map(|account| account.password_hash.clone());
    if !password::verify(turn, password, stored).await? {
        // The same for whom there is no account for, so that it takes as long.
        newsroom.transaction(move |tx| refused(tx, source, meant)).await?;
        return Err(Problem::invalid_credentials());
    }
    let Found { id, password_hash, .. } = account.ok_or_else(Problem::invalid_credentials)?;
    admitted.succeeded();
    Ok(Proven { id, password_hash })
}

/// Writes down that somebody was not let in. What they took for an address is nobody's business: it may be a password.
fn refused(tx: &mut Tx<'_>, source: Source, meant: Option<Uuid>) -> Result<(), Problem> {
    let stamp = Stamp { source: Some(source), ..Stamp::by_service(tx.now) };
    audit::record(tx.conn, meant.unwrap_or_default(), stamp, &Event::SessionRefused {})
}
