//! Secrets and recovery codes: kept, asked, taken off. Whoever changes one has the account first, as a change of its password
//! has it.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper, dsl::exists, upsert::excluded,
};
use uuid::Uuid;

use super::{
    codes::{SealingKey, Shared, Typed, recovery_codes},
    model::State,
};
use crate::{
    access::{Principal, password::NOT_SET, people},
    audit::{self, Event, Stamp},
    db::{
        Tx,
        schema::{totp_recovery_codes, totp_secrets, users},
    },
    http::{Problem, text},
    told_once::ToldOnce,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = totp_secrets)]
struct Row {
    sealed: Vec<u8>,
    confirmed_at: Option<chrono::DateTime<chrono::Utc>>,
    last_step: Option<i64>,
}

/// What came of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It was right and is used up, or none is asked for.
    Passed,
    /// None came.
    Missing,
    /// It was wrong, or used before. That is written down.
    Refused,
}

/// Whether a second factor is set up, and what is left of its recovery codes.
pub fn state(conn: &mut PgConnection, user: Uuid) -> Result<State, Problem> {
    let confirmed = totp_secrets::table.find(user).filter(totp_secrets::confirmed_at.is_not_null());
    let confirmed = diesel::select(exists(confirmed)).get_result(conn)?;
    Ok(State { confirmed, recovery_codes_left: left(conn, user)? })
}

/// Gives an account a secret that waits to be confirmed, in the place of one that waited.
///
/// # Errors
/// `conflict` where one is confirmed, or there is no password beside which a code could be asked for.
pub fn begin(tx: &mut Tx<'_>, key: SealingKey, user: Uuid) -> Result<Shared, Problem> {
    let hash: String = users::table.find(user).select(users::password_hash).for_update().first(tx.conn)?;
    if hash == NOT_SET {
        return Err(Problem::conflict(text("totp-no-password")));
    }
    if lock(tx, user)?.is_some_and(|row| row.confirmed_at.is_some()) {
        return Err(Problem::conflict(text("totp-enrolled")));
    }
    let shared = Shared::make();
    diesel::insert_into(totp_secrets::table)
        .values((
            totp_secrets::user_id.eq(user),
            totp_secrets::sealed.eq(shared.seal(key, user)),
            totp_secrets::made_at.eq(tx.now),
        ))
        .on_conflict(totp_secrets::user_id)
        .do_update()
        .set((
            totp_secrets::sealed.eq(excluded(totp_secrets::sealed)),
            totp_secrets::made_at.eq(excluded(totp_secrets::made_at)),
        ))
        .execute(tx.conn)?;
    Ok(shared)
}

/// Confirms the secret that waits, by its first code. From then on one is asked for. Answers the recovery codes.
///
/// # Errors
/// `conflict` where none waits; `validation_failed` for a wrong code.
pub fn confirm(tx: &mut Tx<'_>, key: SealingKey, who: &Principal, code: &str) -> Result<Vec<ToldOnce>, Problem> {
    let user = who.id;
    people::touch(tx, user)?;
    let waiting = lock(tx, user)?.filter(|row| row.confirmed_at.is_none());
    let row = waiting.ok_or_else(|| Problem::conflict(text("totp-not-begun")))?;
    let step = match Typed::of(code) {
        Typed::Code(code) => Shared::open(key, user, &row.sealed).and_then(|shared| shared.step_of(&code, tx.now)),
        Typed::Recovery(_) => None,
    };
    let step = step.ok_or_else(|| Problem::invalid("/code", "wrong", text("invalid-code")))?;
    diesel::update(totp_secrets::table.find(user))
        .set((totp_secrets::confirmed_at.eq(tx.now), totp_secrets::last_step.eq(step)))
        .execute(tx.conn)?;
    let codes = recovery_codes();
    let digests = codes.iter().filter_map(|code| match Typed::of(code.reveal()) {
        Typed::Recovery(digest) => {
            Some((totp_recovery_codes::user_id.eq(user), totp_recovery_codes::digest.eq(digest)))
        }
        Typed::Code(_) => None,
    });
    diesel::insert_into(totp_recovery_codes::table).values(digests.collect::<Vec<_>>()).execute(tx.conn)?;
    audit::record(tx.conn, user, who.at(tx.now).stamp(), &Event::TotpEnrolled {})?;
    Ok(codes)
}

/// Asks for a code where one is to be asked for, and uses it up: of two that bring the same one at once, at whatever replicas,
/// the second waits here and finds it used. To be committed whatever comes of it.
pub fn ask(tx: &mut Tx<'_>, key: SealingKey, stamp: Stamp, user: Uuid, code: Option<&str>) -> Result<Asked, Problem> {
    let Some(row) = lock(tx, user)?.filter(|row| row.confirmed_at.is_some()) else { return Ok(Asked::Passed) };
    let Some(code) = code else { return Ok(Asked::Missing) };
    let right = match Typed::of(code) {
        Typed::Code(code) => uses_step(tx, key, user, &row, &code)?,
        Typed::Recovery(digest) => uses_recovery_code(tx, stamp, user, &digest)?,
    };
    if right {
        return Ok(Asked::Passed);
    }
    audit::record(tx.conn, user, stamp, &Event::TotpRefused {})?;
    Ok(Asked::Refused)
}

fn uses_step(tx: &mut Tx<'_>, key: SealingKey, user: Uuid, row: &Row, code: &str) -> Result<bool, Problem> {
    let Some(shared) = Shared::open(key, user, &row.sealed) else {
        tracing::error!(%user, "a second factor was sealed under another signing key; recovery codes still work");
        return Ok(false);
    };
    let Some(step) = shared.step_of(code, tx.now).filter(|step| row.last_step.is_none_or(|last| *step > last)) else {
        return Ok(false);
    };
    diesel::update(totp_secrets::table.find(user)).set(totp_secrets::last_step.eq(step)).execute(tx.conn)?;
    Ok(true)
}

fn uses_recovery_code(tx: &mut Tx<'_>, stamp: Stamp, user: Uuid, digest: &[u8]) -> Result<bool, Problem> {
    let unused = totp_recovery_codes::user_id.eq(user).and(totp_recovery_codes::used_at.is_null());
    let meant = totp_recovery_codes::table.filter(unused.and(totp_recovery_codes::digest.eq(digest)));
    if diesel::update(meant).set(totp_recovery_codes::used_at.eq(tx.now)).execute(tx.conn)? == 0 {
        return Ok(false);
    }
    let event = Event::TotpRecovered { left: left(tx.conn, user)? };
    audit::record(tx.conn, user, stamp, &event)?;
    Ok(true)
}

fn left(conn: &mut PgConnection, user: Uuid) -> Result<i64, Problem> {
    let theirs = totp_recovery_codes::table.filter(totp_recovery_codes::user_id.eq(user));
    Ok(theirs.filter(totp_recovery_codes::used_at.is_null()).count().get_result(conn)?)
}

/// Takes the second factor off a locked account, and its recovery codes with it. Where none is confirmed nothing happens.
pub fn remove(tx: &mut Tx<'_>, stamp: Stamp, user: Uuid) -> Result<(), Problem> {
    let confirmed = totp_secrets::table.find(user).filter(totp_secrets::confirmed_at.is_not_null());
    if diesel::delete(confirmed).execute(tx.conn)? == 0 {
        return Ok(());
    }
    people::touch(tx, user)?;
    audit::record(tx.conn, user, stamp, &Event::TotpRemoved {})
}

/// Locks the account, and says whether a code is asked for.
pub fn is_asked_for(tx: &mut Tx<'_>, user: Uuid) -> Result<bool, Problem> {
    let account = users::table.find(user).select(users::id).for_update();
    account.first::<Uuid>(tx.conn)?;
    Ok(lock(tx, user)?.is_some_and(|row| row.confirmed_at.is_some()))
}

fn lock(tx: &mut Tx<'_>, user: Uuid) -> Result<Option<Row>, Problem> {
    Ok(totp_secrets::table.find(user).select(Row::as_select()).for_update().first(tx.conn).optional()?)
}
