//! What was done under a key: that it was, written in the transaction that did it; what was sent and answered, written
//! behind.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, Insertable, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, Selectable, SelectableHelper, query_dsl::methods::FilterDsl,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::sent::Sent;
use crate::{
    db::{Tx, along::Along, locks::Name, pool::clock, schema::beside::idempotency_keys},
    http::{Problem, text},
};

/// For how long it is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// How many go in one transaction. Answers may be large.
const AT_ONCE: i64 = 500;

/// What a caller means by one key at one path.
pub fn name(caller: Uuid, path: &str, key: &str) -> Name {
    // The first is of a fixed length, and the second has no space in it.
    Sha256::new().chain_update(caller).chain_update(path).chain_update(" ").chain_update(key).finalize().into()
}

/// That a request does under a name what that stands for. It goes along with all that it writes.
#[derive(Clone, Copy)]
pub struct Mark {
    /// The name.
    pub name: Name,
    /// The request.
    pub request: Uuid,
}

/// What is known of what was done under a name.
pub struct Done {
    /// The request that did it.
    pub request: Uuid,
    /// What was answered, where that is kept.
    pub answer: Option<Kept>,
}

/// An answer that is kept.
#[derive(Clone)]
pub struct Kept {
    /// What whoever got it held then.
    pub held: Vec<String>,
    /// What they had sent.
    pub sent: Sent,
    /// The status.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = idempotency_keys, treat_none_as_null = true, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: &'a [u8],
    request_id: Uuid,
    made_at: DateTime<Utc>,
    held: Option<&'a [String]>,
    sent_sha256: Option<&'a [u8]>,
    sent_size: Option<i64>,
    status: Option<i16>,
    headers: Option<Value>,
    body: Option<&'a [u8]>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
struct Row {
    request_id: Uuid,
    made_at: DateTime<Utc>,
    held: Option<Vec<String>>,
    sent_sha256: Option<Vec<u8>>,
    sent_size: Option<i64>,
    status: Option<i16>,
    headers: Option<Value>,
    body: Option<Vec<u8>>,
}

impl Row {
    fn answer(self) -> Option<Kept> {
        Some(Kept {
            held: self.held?,
            sent: Sent { digest: self.sent_sha256?.try_into().ok()?, size: self.sent_size?.try_into().ok()? },
            status: self.status?.try_into().ok()?,
            headers: serde_json::from_value(self.headers?).ok()?,
            body: self.body?,
        })
    }
}

/// What was done under a name within a day.
pub fn find(conn: &mut PgConnection, name: Name) -> Result<Option<Done>, Problem> {
    let named = idempotency_keys::table.find(name.as_slice()).select((Row::as_select(), clock()));
    let found: Option<(Row, DateTime<Utc>)> = named.first(conn).optional()?;
    let found = found.filter(|(row, now)| *now - row.made_at < KEPT);
    Ok(found.map(|(row, _)| Done { request: row.request_id, answer: row.answer() }))
}

impl Along for Mark {
    /// # Errors
    /// `conflict` where another request has done it: one that was given up, and was kept all the same.
    fn write(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.note(conn, now, None)? { Ok(()) } else { Err(not_kept(None)) }
    }
}

impl Mark {
    /// Keeps what this request was answered, unless another has done it.
    pub fn keep(&self, tx: &mut Tx<'_>, answer: &Kept) -> Result<(), Problem> {
        let now = tx.now;
        self.note(tx.conn, now, Some(answer)).map(|_| ())
    }

    /// Notes what this request has done, unless there is what another did within a day.
    fn note(&self, conn: &mut PgConnection, now: DateTime<Utc>, answer: Option<&Kept>) -> Result<bool, Problem> {
        let row = NewRow {
            id: &self.name,
            request_id: self.request,
            made_at: now,
            held: answer.map(|answer| answer.held.as_slice()),
            sent_sha256: answer.map(|answer| answer.sent.digest.as_slice()),
            sent_size: answer.map(|answer| answer.sent.size.try_into()).transpose().map_err(Problem::internal)?,
            status: answer.map(|answer| answer.status.try_into()).transpose().map_err(Problem::internal)?,
            headers: answer.map(|answer| serde_json::json!(answer.headers)),
            body: answer.map(|answer| answer.body.as_slice()),
        };
        let noted = diesel::insert_into(idempotency_keys::table)
            .values(&row)
            .on_conflict(idempotency_keys::id)
            .do_update()
            .set(&row);
        let theirs_to_write =
            idempotency_keys::request_id.eq(self.request).or(idempotency_keys::made_at.le(now - KEPT));
        Ok(FilterDsl::filter(noted, theirs_to_write).execute(conn)? == 1)
    }
}

/// The refusal of what was done already, by that request, and whose answer is not kept.
pub fn not_kept(by: Option<Uuid>) -> Problem {
    let problem = Problem::conflict(text("idempotency-answer-not-kept"));
    match by {
        Some(request) => problem.with_member("original_request_id", request.to_string()),
        None => problem,
    }
}

/// Forgets what is older than a day, some of it at a time, and says how much.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let old = QueryDsl::filter(idempotency_keys::table, idempotency_keys::made_at.le(tx.now - KEPT));
    let some: Vec<Vec<u8>> = old.select(idempotency_keys::id).limit(AT_ONCE).load(tx.conn)?;
    let gone = QueryDsl::filter(idempotency_keys::table, idempotency_keys::id.eq_any(some));
    Ok(diesel::delete(gone).execute(tx.conn)?)
}
