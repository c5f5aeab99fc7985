//! What receivers were told is forgotten after a while.

use diesel::{
    RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
};

use crate::{db::Tx, http::Problem};

/// How many go in one transaction.
const AT_ONCE: i64 = 5_000;

/// Forgets some of what happened more than so many days ago, waiting or not, and says how much.
pub fn forget_old(tx: &mut Tx<'_>, days: u16) -> Result<usize, Problem> {
    let forgotten = sql_query(
        "DELETE FROM webhook_deliveries WHERE id IN (\
           SELECT id FROM webhook_deliveries WHERE happened_at < delivery.clock() - make_interval(days => $1) \
            ORDER BY happened_at LIMIT $2)",
    );
    Ok(forgotten.bind::<Integer, _>(i32::from(days)).bind::<BigInt, _>(AT_ONCE).execute(tx.conn)?)
}
