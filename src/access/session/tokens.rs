//! Refresh tokens: each is used once, and using one twice ends its session.

use chrono::{DateTime, Duration, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
};
use uuid::Uuid;

use super::{Continued, IDLE, SessionEnd, end, is_by_provider, issue};
use crate::{
    access::secret,
    audit::Stamp,
    db::{
        Tx,
        schema::{provider_sessions, refresh_tokens, sessions, users},
    },
    http::Problem,
};

/// Longer than it takes to ask a provider: then whoever asked is gone.
const ASKING: Duration = Duration::seconds(30);

/// What presenting a refresh token led to.
pub enum Refresh {
    /// A new token.
    Rotated(Continued),
    /// The provider of single sign-on has to vouch for it first; nobody else asks it for a moment.
    ToBeVouched(Asked),
    /// Somebody else is asking the provider.
    Busy,
    /// Unknown, expired, or of a session that is over. A reused one ends its session as well.
    Refused,
}

/// A session that is asked about.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The session.
    pub session: Uuid,
    /// Its user.
    pub user: Uuid,
}

/// Who says that somebody may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// Nobody has been asked.
    ByNobody,
    /// The provider by which they came in, a moment ago.
    ByProvider,
}

/// Exchanges a refresh token for the next one. To be committed whatever the outcome: a reuse ends the session.
pub fn refresh(tx: &mut Tx<'_>, token: &str, vouched: Vouched) -> Result<Refresh, Problem> {
    let digest = secret::digest(token);
    let owner: Option<Uuid> = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::digest.eq(&digest))
        .select(sessions::user_id)
        .first(tx.conn)
        .optional()?;
    let Some(owner) = owner else { return Ok(Refresh::Refused) };
    // The account before its sessions, as a change of the password has it: the other way round the two could wait for
    // each other.
    let account = users::table.find(owner).filter(users::disabled_at.is_null());
    if account.select(users::id).for_share().first::<Uuid>(tx.conn).optional()?.is_none() {
        return Ok(Refresh::Refused);
    }
    let found: Option<(Uuid, Option<DateTime<Utc>>, bool)> = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::digest.eq(&digest))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(tx.now)))
        .select((sessions::id, refresh_tokens::used_at, is_by_provider()))
        // Of two that present the same token at once, the second waits here and then finds it used.
        .for_update()
        .first(tx.conn)
        .optional()?;
    match found {
        None => Ok(Refresh::Refused),
        Some((session_id, Some(_), _)) => {
            tracing::warn!(%session_id, "a refresh token was used twice; its session is ended");
            end(tx, Stamp::by_service(tx.now), owner, session_id, SessionEnd::Reuse)?;
            Ok(Refresh::Refused)
        }
        Some((session, None, true)) if vouched == Vouched::ByNobody => {
            to_be_vouched(tx, Asked { session, user: owner })
        }
        Some((session_id, None, _)) => {
            diesel::update(refresh_tokens::table.find(&digest))
                .set(refresh_tokens::used_at.eq(tx.now))
                .execute(tx.conn)?;
            diesel::update(sessions::table.find(session_id))
                .set((sessions::last_used_at.eq(tx.now), sessions::expires_at.eq(tx.now + IDLE)))
                .execute(tx.conn)?;
            let refresh_token = issue(tx, session_id)?;
            Ok(Refresh::Rotated(Continued { session_id, user_id: owner, refresh_token }))
        }
    }
}

/// Lets one at a time ask the provider: what it is asked by may be good once.
fn to_be_vouched(tx: &mut Tx<'_>, asked: Asked) -> Result<Refresh, Problem> {
    let free = provider_sessions::asked_until.is_null().or(provider_sessions::asked_until.assume_not_null().lt(tx.now));
    let mine = diesel::update(provider_sessions::table.find(asked.session).filter(free));
    match mine.set(provider_sessions::asked_until.eq(tx.now + ASKING)).execute(tx.conn)? {
        0 => Ok(Refresh::Busy),
        _ => Ok(Refresh::ToBeVouched(asked)),
    }
}
