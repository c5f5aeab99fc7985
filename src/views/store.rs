//! The log of views in the database, over a connection of its own, and the totals and days made from it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    Connection, ConnectionResult, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension,
    PgConnection, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    connection::SimpleConnection,
    dsl::min,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable, Timestamptz, Uuid as SqlUuid},
    upsert::excluded,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::tally::{Batch, Sums, VISIT};
use crate::db::{
    connector::impatient,
    pool::clock,
    schema::{articles, view_batches, view_days, view_mark, view_totals},
};

/// Batches read at once.
const PAGE: i64 = 500;

/// PostgreSQL takes 65,535 parameters in a statement.
const ROWS: usize = 10_000;

/// After this time, in milliseconds, PostgreSQL gives a statement up. Shorter than readers are kept waiting, so that
/// they are told no when it was no.
const STATEMENT_TIMEOUT: u32 = 1200;

/// A batch to append.
pub(super) struct NewBatch {
    pub id: Uuid,
    pub articles: Vec<Uuid>,
    pub visitors: Vec<i64>,
    pub earlier: Option<Vec<i64>>,
    pub blocks: Option<Vec<i32>>,
    pub per_block: Option<i32>,
}

/// A connection to the log.
pub(super) struct Log(PgConnection);

impl Log {
    /// Connects. What hangs is given up, here and by the network.
    pub fn open(url: &SecretString) -> ConnectionResult<Self> {
        let mut connection = PgConnection::establish(impatient(url).expose_secret())?;
        // Plans are kept, and made while the log may be empty: with sequential scans they would read all of it each
        // time. What has no index then looks so dear to the planner that it would compile the statement. And it would
        // plan anew for each batch, as "behind the last one" looks cheaper than behind any: half of the time of an append.
        let set = format!(
            "SET statement_timeout = {STATEMENT_TIMEOUT}; SET client_min_messages = warning; \
             SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan"
        );
        connection.batch_execute(&set).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(Self(connection))
    }

    /// What time it is.
    pub fn clock(&mut self) -> QueryResult<DateTime<Utc>> {
        diesel::select(clock()).get_result(&mut self.0)
    }

    /// Where to start folding, and up to where the totals hold the log: what was counted half an hour before the
    /// first batch that they lack is needed to judge it. The longer time covers batches that waited for the lock.
    pub fn beginning(&mut self) -> QueryResult<(i64, i64)> {
        let mark: i64 = view_mark::table.select(view_mark::folded).first(&mut self.0)?;
        let first_unfolded = view_batches::table
            .filter(view_batches::number.gt(mark))
            .order(view_batches::number)
            .select(view_batches::counted_at)
            .first(&mut self.0)
            .optional()?;
        let now = self.clock()?;
        let from = first_unfolded.map_or(now, |at: DateTime<Utc>| at.min(now)) - VISIT * 2;
        let since = view_batches::table.filter(view_batches::counted_at.ge(from));
        let first: Option<i64> = since.select(min(view_batches::number)).first(&mut self.0)?;
        Ok((first.map_or(mark, |first| mark.min(first - 1)), mark))
    }

    /// The next batches behind `seen`; none where there are no more.
    pub fn behind(&mut self, seen: i64) -> QueryResult<Vec<Batch>> {
        let rows = view_batches::table.filter(view_batches::number.gt(seen)).order(view_batches::number).limit(PAGE);
        rows.select(Batch::as_select()).load(&mut self.0)
    }

    /// Appends a batch, durably, and answers all that is behind `seen`, this batch included.
    pub fn append(&mut self, new: &NewBatch, seen: i64) -> QueryResult<Vec<Batch>> {
        Append { new, seen }.load(&mut self.0)
    }

    /// Totals of articles, and up to where they hold the log: of one moment, for it is one statement.
    pub fn totals(&mut self, wanted: &[Uuid]) -> QueryResult<(i64, Vec<(Uuid, i64)>)> {
        let rows: Vec<(i64, Option<(Uuid, i64)>)> = view_mark::table
            .left_join(view_totals::table.on(view_totals::article_id.eq_any(wanted)))
            .select((view_mark::folded, (view_totals::article_id, view_totals::views).nullable()))
            .load(&mut self.0)?;
        let mark = rows.first().map_or(0, |row| row.0);
        Ok((mark, rows.into_iter().filter_map(|(_, total)| total).collect()))
    }

    /// Whether the connection is of use.
    pub fn is_alive(&mut self) -> bool {
        self.0.batch_execute("SELECT 1").is_ok()
    }
}

/// A call of `append_views`. The query builder has no functions that answer rows, and `sql_query` would have the
/// statement parsed and planned each time: this is prepared once.
struct Append<'a> {
    new: &'a NewBatch,
    seen: i64,
}

impl QueryFragment<Pg> for Append<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT number, id, counted_at, articles, visitors, earlier, blocks, per_block FROM append_views(",
        );
        out.push_bind_param::<SqlUuid, _>(&self.new.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.new.articles)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.new.visitors)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Array<BigInt>>, _>(&self.new.earlier)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Array<Integer>>, _>(&self.new.blocks)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Integer>, _>(&self.new.per_block)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.seen)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for Append<'_> {
    type QueryId = Append<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// The fields of [`Batch`], in their order.
impl Query for Append<'_> {
    type SqlType = (
        BigInt,
        SqlUuid,
        Timestamptz,
        Array<SqlUuid>,
        Array<BigInt>,
        Nullable<Array<BigInt>>,
        Nullable<Array<Integer>>,
        Nullable<Integer>,
    );
}

impl RunQueryDsl<PgConnection> for Append<'_> {}

/// Up to where the totals hold the log; nobody else writes them until the end of the transaction.
pub(super) fn lock_mark(conn: &mut PgConnection) -> QueryResult<i64> {
    view_mark::table.select(view_mark::folded).for_update().first(conn)
}

/// Adds to totals and days, moves the mark, and answers the totals as they are then.
///
/// An article may be purged just now, and the foreign key then undo all of this: the next try leaves it out.
pub(super) fn add(conn: &mut PgConnection, sums: &Sums) -> QueryResult<Vec<(Uuid, i64)>> {
    let wanted: Vec<Uuid> = sums.totals.keys().copied().collect();
    let present: Vec<Uuid> = articles::table.filter(articles::id.eq_any(&wanted)).select(articles::id).load(conn)?;
    // In one order, whoever writes.
    let mut days: Vec<(Uuid, NaiveDate, i64)> =
        sums.days.iter().map(|((article, day), views)| (*article, *day, *views)).collect();
    let mut totals: Vec<(Uuid, i64)> = sums.totals.iter().map(|(article, views)| (*article, *views)).collect();
    let present: std::collections::HashSet<Uuid> = present.into_iter().collect();
    days.retain(|row| present.contains(&row.0));
    totals.retain(|row| present.contains(&row.0));
    days.sort_unstable();
    totals.sort_unstable();
    for rows in days.chunks(ROWS) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(article, day, views)| {
                (view_days::article_id.eq(article), view_days::day.eq(day), view_days::views.eq(views))
            })
            .collect();
        diesel::insert_into(view_days::table)
            .values(rows)
            .on_conflict((view_days::article_id, view_days::day))
            .do_update()
            .set(view_days::views.eq(view_days::views + excluded(view_days::views)))
            .execute(conn)?;
    }
    let mut written = Vec::with_capacity(totals.len());
    for rows in totals.chunks(ROWS) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(article, views)| (view_totals::article_id.eq(article), view_totals::views.eq(views)))
            .collect();
        let rows: Vec<(Uuid, i64)> = diesel::insert_into(view_totals::table)
            .values(rows)
            .on_conflict(view_totals::article_id)
            .do_update()
            .set(view_totals::views.eq(view_totals::views + excluded(view_totals::views)))
            .returning((view_totals::article_id, view_totals::views))
            .get_results(conn)?;
        written.extend(rows);
    }
    diesel::update(view_mark::table).set(view_mark::folded.eq(sums.number)).execute(conn)?;
    Ok(written)
}
