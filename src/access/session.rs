//! Sessions and their refresh tokens: a token is used once, and using one twice ends the session.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection,
    QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    people::{Proven, has_totp},
    principal::{Grant, Principal, Scope},
    role::Role,
    secret,
    tally::Key,
};
use crate::{
    audit::{self, Event, Source, Stamp},
    content::CategoryRef,
    db::{
        Tx,
        pool::clock,
        schema::{categories, category_ancestors, refresh_tokens, role_grants, sessions, user_permissions, users},
    },
    http::{OrNotFound, Problem},
    told_once::ToldOnce,
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

/// What presenting a refresh token led to.
pub enum Refresh {
    /// A new token.
    Rotated(Continued),
    /// Unknown, expired, or of a session that is over. A reused one ends its session as well.
    Refused,
}

/// Starts a session for whoever proved to be the account's owner, and remembers where they came from.
///
/// # Errors
/// `invalid_credentials` where the proof holds no more.
pub fn start(tx: &mut Tx<'_>, owner: &Proven, user_agent: &str, origin: Option<&Key>) -> Result<Continued, Problem> {
    owner.hold(tx)?;
    let (session_id, user_id) = (Uuid::now_v7(), owner.id);
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

/// Writes down that somebody signed in, by a `password` or an `invitation`.
pub fn note_start(tx: &mut Tx<'_>, source: Source, begun: &Continued, by: &'static str) -> Result<(), Problem> {
    let stamp = Stamp { actor: Some(begun.user_id), source: Some(source), ..Stamp::by_service(tx.now) };
    audit::record(tx.conn, begun.user_id, stamp, &Event::SessionStarted { session: begun.session_id, by })
}

/// Exchanges a refresh token for the next one. To be committed whatever the outcome: a reuse ends the session.
pub fn refresh(tx: &mut Tx<'_>, token: &str) -> Result<Refresh, Problem> {
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
    let found: Option<(Uuid, Uuid, Option<DateTime<Utc>>)> = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::digest.eq(&digest))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(tx.now)))
        .select((sessions::id, sessions::user_id, refresh_tokens::used_at))
        // Of two that present the same token at once, the second waits here and then finds it used.
        .for_update()
        .first(tx.conn)
        .optional()?;
    match found {
        None => Ok(Refresh::Refused),
        Some((session_id, _, Some(_))) => {
            tracing::warn!(%session_id, "a refresh token was used twice; its session is ended");
            end(tx, Stamp::by_service(tx.now), owner, session_id, SessionEnd::Reuse)?;
            Ok(Refresh::Refused)
        }
        Some((session_id, user_id, None)) => {
            diesel::update(refresh_tokens::table.find(&digest))
                .set(refresh_tokens::used_at.eq(tx.now))
                .execute(tx.conn)?;
            diesel::update(sessions::table.find(session_id))
                .set((sessions::last_used_at.eq(tx.now), sessions::expires_at.eq(tx.now + IDLE)))
                .execute(tx.conn)?;
            let refresh_token = issue(tx, session_id)?;
            Ok(Refresh::Rotated(Continued { session_id, user_id, refresh_token }))
        }
    }
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
    Ok(diesel::select(diesel::dsl::exists(since)).get_result(tx.conn)?)
}

/// Who a session is of, and how they signed in.
pub struct SignedIn {
    /// The account, with its grants as they are now.
    pub who: Principal,
    /// Whether a second factor is asked for beside the password.
    pub second_factor: bool,
}

/// The account behind a session that is not over, with its grants as they are now; none otherwise. Asked on
/// every request, so that what is taken from somebody is gone at once, on every replica.
pub fn signed_in(conn: &mut PgConnection, user_id: Uuid, session_id: Uuid) -> Result<Option<SignedIn>, Problem> {
    let four_eyes_override = diesel::dsl::exists(
        user_permissions::table
            .filter(user_permissions::user_id.eq(users::id))
            .filter(user_permissions::permission.eq("four_eyes_override")),
    );
    // A row for each grant, and one without for somebody who has none.
    let rows: Vec<(bool, bool, Option<Role>, Option<CategoryRef>)> = sessions::table
        .inner_join(users::table)
        .left_join(role_grants::table.on(role_grants::user_id.eq(users::id)))
        .left_join(categories::table.on(role_grants::category_id.eq(categories::id.nullable())))
        .filter(sessions::id.eq(session_id).and(sessions::user_id.eq(user_id)))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(clock())).and(users::disabled_at.is_null()))
        .order(role_grants::id)
        .select((four_eyes_override, has_totp(), role_grants::role.nullable(), Option::<CategoryRef>::as_select()))
        .load(conn)?;
    let Some((four_eyes_override, second_factor, ..)) = rows.first() else { return Ok(None) };
    let (four_eyes_override, second_factor) = (*four_eyes_override, *second_factor);
    let grants = rows.into_iter().filter_map(|(.., role, category)| Some((role?, category))).collect();
    let grants = reaching(conn, grants)?;
    let who = Principal { id: user_id, grants, four_eyes_override, key: None, source: None };
    Ok(Some(SignedIn { who, second_factor }))
}

/// A user's grants, each with the categories that it reaches.
pub fn grants(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Grant>, Problem> {
    let grants: Vec<(Role, Option<CategoryRef>)> = role_grants::table
        .left_join(categories::table)
        .filter(role_grants::user_id.eq(user_id))
        .order(role_grants::id)
        .select((role_grants::role, Option::<CategoryRef>::as_select()))
        .load(conn)?;
    reaching(conn, grants)
}

/// Grants with the categories that they reach.
pub(super) fn reaching(
    conn: &mut PgConnection,
    grants: Vec<(Role, Option<CategoryRef>)>,
) -> Result<Vec<Grant>, Problem> {
    let limits: Vec<Uuid> = grants.iter().filter_map(|(_, category)| Some(category.as_ref()?.id)).collect();
    let mut subtrees: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    if !limits.is_empty() {
        let reached: Vec<(Uuid, Uuid)> = category_ancestors::table
            .filter(category_ancestors::ancestor_id.eq_any(limits))
            .select((category_ancestors::ancestor_id, category_ancestors::category_id))
            .load(conn)?;
        for (above, below) in reached {
            subtrees.entry(above).or_default().insert(below);
        }
    }
    let grant = |(role, category): (Role, Option<CategoryRef>)| {
        let scope = category.map(|category| {
            let subtree = subtrees.get(&category.id).cloned().unwrap_or_default();
            Scope { category, subtree }
        });
        Grant { role, scope }
    };
    Ok(grants.into_iter().map(grant).collect())
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
