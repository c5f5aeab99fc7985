//! Invitations: a token that lets its holder set the password of an account, once and for three days.

use chrono::{DateTime, Duration, Utc};
use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, upsert::excluded};
use uuid::Uuid;

use super::model::Invite;
use crate::{
    access::{
        people::Proven,
        secret,
        session::{self, SessionEnd},
    },
    audit::{self, Event, Source, Stamp},
    db::{
        Tx,
        pool::clock,
        schema::{invites, users},
    },
    http::{Problem, Text, text},
};

/// How long one is good for.
const VALID: Duration = Duration::hours(72);

/// Recognisable where it should not be, in a log or a repository.
const PREFIX: &str = "tti_";

/// Whose account a token is for.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The account.
    pub user_id: Uuid,
    digest: Vec<u8>,
    /// The address they will sign in with.
    pub email: String,
}

/// Invites a locked account. An earlier invitation ends.
pub fn issue(tx: &mut Tx<'_>, user: Uuid) -> Result<Invite, Problem> {
    let token = secret::make(PREFIX);
    let expires_at = tx.now + VALID;
    diesel::insert_into(invites::table)
        .values((
            invites::user_id.eq(user),
            invites::digest.eq(secret::digest(token.reveal())),
            invites::made_at.eq(tx.now),
            invites::expires_at.eq(expires_at),
            invites::used_at.eq(None::<DateTime<Utc>>),
        ))
        .on_conflict(invites::user_id)
        .do_update()
        .set((
            invites::digest.eq(excluded(invites::digest)),
            invites::made_at.eq(excluded(invites::made_at)),
            invites::expires_at.eq(excluded(invites::expires_at)),
            invites::used_at.eq(excluded(invites::used_at)),
        ))
        .execute(tx.conn)?;
    Ok(Invite { token, expires_at })
}

/// Ends the invitation of a locked account, if there is one.
pub fn withdraw(tx: &mut Tx<'_>, user: Uuid) -> Result<(), Problem> {
    diesel::delete(invites::table.find(user)).execute(tx.conn)?;
    Ok(())
}

/// Who comes with this token, if it is good at this moment: asked before anything is spent on a password.
///
/// # Errors
/// `validation_failed` at `/token`, saying what is wrong with it.
pub fn guest(conn: &mut PgConnection, token: &str) -> Result<Guest, Problem> {
    let digest = secret::digest(token);
    let now: DateTime<Utc> = diesel::select(clock()).get_result(conn)?;
    let found: Option<(Uuid, String)> = invites::table
        .inner_join(users::table)
        .filter(invites::digest.eq(&digest))
        .filter(users::disabled_at.is_null())
        .select((users::id, users::email))
        .first(conn)
        .optional()?;
    let (user_id, email) = found.ok_or_else(unknown)?;
    let guest = Guest { user_id, digest, email };
    guest.prove(conn, now)?;
    Ok(guest)
}

impl Guest {
    /// Locks the account, and proves that the token is still good: of two that come with one at once the second waits here,
    /// and then finds it used.
    ///
    /// # Errors
    /// `validation_failed` at `/token` where it is good no longer.
    pub fn hold(&self, tx: &mut Tx<'_>) -> Result<(), Problem> {
        let account = users::table.find(self.user_id).filter(users::disabled_at.is_null());
        account.select(users::id).for_update().first::<Uuid>(tx.conn).optional()?.ok_or_else(unknown)?;
        self.prove(tx.conn, tx.now)
    }

    /// Refuses a token that is good no longer.
    fn prove(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Problem> {
        let theirs = invites::table.find(self.user_id).filter(invites::digest.eq(&self.digest));
        let found: Option<(DateTime<Utc>, Option<DateTime<Utc>>)> =
            theirs.select((invites::expires_at, invites::used_at)).first(conn).optional()?;
        match found {
            None => Err(unknown()),
            Some((_, Some(_))) => Err(refused("used", text("invite-used"))),
            Some((expires_at, None)) if expires_at <= now => Err(refused("expired", text("invite-expired"))),
            Some(_) => Ok(()),
        }
    }

    /// Gives the account, which is [held](Guest::hold), this password, which its owner is taken to know from now on, and ends
    /// all that an earlier one had begun.
    pub fn accept(&self, tx: &mut Tx<'_>, source: Source, password_hash: String) -> Result<Proven, Problem> {
        diesel::update(users::table.find(self.user_id))
            .set((users::password_hash.eq(&password_hash), users::revision.eq(users::revision + 1)))
            .execute(tx.conn)?;
        diesel::update(invites::table.find(self.user_id)).set(invites::used_at.eq(tx.now)).execute(tx.conn)?;
        let stamp = Stamp { actor: Some(self.user_id), source: Some(source), ..Stamp::by_service(tx.now) };
        audit::record(tx.conn, self.user_id, stamp, &Event::UserJoined {})?;
        session::end_all(tx, stamp, self.user_id, SessionEnd::PasswordChanged)?;
        Ok(Proven { id: self.user_id, password_hash })
    }
}

fn unknown() -> Problem {
    refused("unknown", text("invite-unknown"))
}

fn refused(code: &'static str, message: Text) -> Problem {
    Problem::invalid("/token", code, message)
}
