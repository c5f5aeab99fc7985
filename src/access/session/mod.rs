//! Sessions: how they begin and end. `tokens.rs` continues them, `who.rs` says whose they are.

mod tokens;
mod who;

use chrono::{DateTime, Duration, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
    dsl::{auto_type, exists},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{people::Proven, secret, tally::Key};
use crate::{
    audit::{self, Event, Source, Stamp},
    db::{
        Tx,
        pool::clock,
        schema::{provider_sessions, refresh_tokens, sessions},
    },
    http::{OrNotFound, Problem},
    told_once::ToldOnce,
};

pub(super) use who::reaching;
pub use {
    tokens::{Asked, Refresh, Vouched, refresh},
    who::{SignedIn, grants, signed_in},
};

/// A session that is not used for this long is over.
const IDLE: Duration = Duration::days(30);

/// For so long a sign-in is as good as a proof: as long as a token that was found.
const FRESH: Duration = Duration::minutes(15);

/// Recognisable where it should not be, in a log or a repository.
const PREFIX: &str = "ttr_";

/// Why a session ended.
#[derive(Clone, Copy, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SessionEnd {
    /// Its owner signed out.
    Logout,
    /// Its owner ended it from elsewhere.
    Revoked,
    /// A refresh token was used twice: one of the two users is a thief.
    Reuse,
    /// The password was changed.
    PasswordChanged,
    /// The provider that vouched for it does so no longer.
    Provider,
}

/// A place where one is signed in.
#[derive(Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// The session.
    pub id: Uuid,
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

/// A session and the token that continues it.
pub struct Continued {
    /// The session.
    pub session_id: Uuid,
    /// Its user.
    pub user_id: Uuid,
    /// The next refresh token; shown once.
    pub refresh_token: ToldOnce,
}

/// Starts a session for whoever proved to be the account's owner, and remembers where they came from.
///
/// # Errors
/// `invalid_credentials` where the proof holds no more.
pub fn start(tx: &mut Tx<'_>, owner: &Proven, user_agent: &str, origin: Option<&Key>) -> Result<Continued, Problem> {
    owner.hold(tx)?;
    open(tx, owner.id, user_agent, origin)
}

/// The same for somebody whose account is locked, and who has proved by other means than a password that it is theirs.
pub fn open(tx: &mut Tx<'_>, user_id: Uuid, user_agent: &str, origin: Option<&Key>) -> Result<Continued, Problem> {
    let session_id = Uuid::now_v7();
    let user_agent: String = user_agent.chars().take(300).collect();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session_id),
            sessions::user_id.eq(user_id),
            sessions::user_agent.eq(user_agent),
            sessions::origin.eq(origin.map(|origin| origin.to_vec())),
            sessions::created_at.eq(tx.now),
            sessions::last_used_at.eq(tx.now),
            sessions::expires_at.eq(tx.now + IDLE),
        ))
        .execute(tx.conn)?;
    // The user's old sessions serve no further purpose; refresh tokens go with them.
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.lt(tx.now)))
        .execute(tx.conn)?;
    let refresh_token = issue(tx, session_id)?;
    Ok(Continued { session_id, user_id, refresh_token })
}

/// Writes down that somebody signed in, by a `password`, an `invitation` or a `provider`.
pub fn note_start(tx: &mut Tx<'_>, source: Source, begun: &Continued, by: &'static str) -> Result<(), Problem> {
    let stamp = Stamp { actor: Some(begun.user_id), source: Some(source), ..Stamp::by_service(tx.now) };
    audit::record(tx.conn, begun.user_id, stamp, &Event::SessionStarted { session: begun.session_id, by })
}

/// Ends a session of a user, if it is not over already.
pub fn end(tx: &mut Tx<'_>, stamp: Stamp, user_id: Uuid, session_id: Uuid, why: SessionEnd) -> Result<(), Problem> {
    let reason = <&str>::from(why);
    let open = sessions::table.find(session_id).filter(sessions::ended_at.is_null());
    let ended =
        diesel::update(open).set((sessions::ended_at.eq(tx.now), sessions::end_reason.eq(reason))).execute(tx.conn)?;
    match ended {
        0 => Ok(()),
        _ => audit::record(tx.conn, user_id, stamp, &Event::SessionEnded { session: Some(session_id), reason }),
    }
}

/// A user's sessions that are not over, the newest first.
pub fn open_of(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Session>, Problem> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(clock())))
        .order(sessions::id.desc())
        .select(Session::as_select())
        .load(conn)?)
}

/// Ends one of a user's own sessions.
///
/// # Errors
/// `not_found` where it is not theirs.
pub fn end_own(tx: &mut Tx<'_>, stamp: Stamp, user_id: Uuid, session_id: Uuid) -> Result<(), Problem> {
    let theirs = sessions::table.find(session_id).filter(sessions::user_id.eq(user_id)).select(sessions::id);
    theirs.first::<Uuid>(tx.conn).or_not_found()?;
    end(tx, stamp, user_id, session_id, SessionEnd::Revoked)
}

/// Ends every session of a user.
pub fn end_all(tx: &mut Tx<'_>, stamp: Stamp, user_id: Uuid, why: SessionEnd) -> Result<(), Problem> {
    let reason = <&str>::from(why);
    let open = sessions::table.filter(sessions::user_id.eq(user_id).and(sessions::ended_at.is_null()));
    let ended =
        diesel::update(open).set((sessions::ended_at.eq(tx.now), sessions::end_reason.eq(reason))).execute(tx.conn)?;
    match ended {
        0 => Ok(()),
        _ => audit::record(tx.conn, user_id, stamp, &Event::SessionEnded { session: None, reason }),
    }
}

/// Where sessions were signed in from that began after that moment, or at any time, the newest first; and up to when that
/// is now all of them. A little is told twice: transactions end in another order than they begin.
pub fn origins_since(
    conn: &mut PgConnection,
    since: Option<DateTime<Utc>>,
    limit: usize,
) -> Result<(Vec<Key>, DateTime<Utc>), Problem> {
    let until: DateTime<Utc> = diesel::select(clock()).get_result(conn)?;
    let since = since.map_or(DateTime::UNIX_EPOCH, |since| since - Duration::minutes(1));
    let origins: Vec<Option<Vec<u8>>> = sessions::table
        .filter(sessions::origin.is_not_null().and(sessions::created_at.gt(since)))
        .order(sessions::created_at.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(sessions::origin)
        .load(conn)?;
    Ok((origins.into_iter().flatten().filter_map(|origin| origin.try_into().ok()).collect(), until))
}

/// Whether somebody signed in to this session a moment ago, and was asked for a proof then.
pub fn is_fresh(tx: &mut Tx<'_>, session_id: Uuid) -> Result<bool, Problem> {
    let since = sessions::table.find(session_id).filter(sessions::created_at.gt(tx.now - FRESH));
    Ok(diesel::select(exists(since)).get_result(tx.conn)?)
}

fn issue(tx: &mut Tx<'_>, session_id: Uuid) -> Result<ToldOnce, Problem> {
    let token = secret::make(PREFIX);
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(secret::digest(token.reveal())),
            refresh_tokens::session_id.eq(session_id),
            refresh_tokens::issued_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(token)
}

/// Whether a session was begun by a provider.
#[auto_type]
fn is_by_provider() -> _ {
    exists(provider_sessions::table.filter(provider_sessions::session_id.eq(sessions::id)))
}
