//! How long events are kept.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{RunQueryDsl, define_sql_function, select};

use crate::{db::Tx, http::Problem};

/// How many go in one transaction.
const AT_ONCE: i32 = 10_000;

define_sql_function! {
    /// Forgets so many events of before that time, and says how many: the only way in which any go.
    fn forget_events(
        before: diesel::sql_types::Timestamptz,
        most: diesel::sql_types::Integer,
    ) -> diesel::sql_types::BigInt;
}

/// Forgets some of what is older than so many days, and says how much.
pub fn forget_old(tx: &mut Tx<'_>, days: u16) -> Result<usize, Problem> {
    let before: DateTime<Utc> = tx.now - TimeDelta::days(days.into());
    let forgotten: i64 = select(forget_events(before, AT_ONCE)).get_result(tx.conn)?;
    usize::try_from(forgotten).map_err(Problem::internal)
}
