//! What has changed of what is public, as caches are told it. The database's triggers write it.

use chrono::TimeDelta;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, sql_query, sql_types::Timestamptz};

use crate::{
    db::{Tx, schema::publication_changes},
    http::Problem,
};

/// For how long it is kept. A replica that has heard nothing for longer takes everything for changed.
const KEPT: TimeDelta = TimeDelta::minutes(15);

/// Forgets changes that every replica knows by now, and says how many keys.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    use publication_changes::{at, generation};
    let last_old: Option<i64> =
        publication_changes::table.filter(at.lt(tx.now - KEPT)).select(diesel::dsl::max(generation)).first(tx.conn)?;
    let old = publication_changes::table.filter(generation.le(last_old.unwrap_or_default()));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

/// Forgets what partners were told of articles that are gone for good, once nobody can have missed it: tokens are good for so
/// many days. Says how many.
pub fn forget_gone(tx: &mut Tx<'_>, days: u16) -> Result<usize, Problem> {
    // The column of times has no type in diesel.
    let gone = sql_query(
        "DELETE FROM article_changes c WHERE shown = '{}' AND at < $1 \
            AND NOT EXISTS (SELECT FROM publications p WHERE p.article_id = c.article_id)",
    );
    let told_until = tx.now - TimeDelta::days(i64::from(days) + 1);
    Ok(gone.bind::<Timestamptz, _>(told_until).execute(tx.conn)?)
}
