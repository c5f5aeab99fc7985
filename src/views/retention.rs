//! What is kept of views, and for how long. Totals stay.

use chrono::{Months, TimeDelta};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::{
    calendar::day,
    db::{
        Tx,
        schema::{view_batches, view_days, view_mark},
    },
    http::Problem,
};

/// How long the log is kept behind the mark: a replica that starts needs twice the time of a visit.
const LOG: TimeDelta = TimeDelta::minutes(90);

/// How long days are kept, in months: a year to compare the last one with.
const DAYS: Months = Months::new(25);

/// Forgets what no longer matters, and says how many rows.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let folded: i64 = view_mark::table.select(view_mark::folded).first(tx.conn)?;
    let batches =
        view_batches::table.filter(view_batches::number.le(folded)).filter(view_batches::counted_at.lt(tx.now - LOG));
    let first_day = day(tx.now).checked_sub_months(DAYS).ok_or_else(|| Problem::internal("no such day"))?;
    Ok(diesel::delete(batches).execute(tx.conn)?
        + diesel::delete(view_days::table.filter(view_days::day.lt(first_day))).execute(tx.conn)?)
}
