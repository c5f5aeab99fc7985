//! What public copies are found by. The database's triggers write it; here is what follows when their rules change.

use diesel::{RunQueryDsl, select, sql_types::Integer};

use crate::{db::Tx, http::Problem};

/// How many copies are taken at a time: a few milliseconds each.
const AT_A_TIME: i32 = 20;

diesel::define_sql_function! {
    /// Of the migration `search_as_typed`.
    fn search_renew(copies: Integer) -> Integer;
}

/// Makes the terms of some copies by the rules of now, and says of how many. None are left where it says 0, or another
/// replica is at them.
pub fn renew(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let renewed: i32 = select(search_renew(AT_A_TIME)).get_result(tx.conn)?;
    Ok(usize::try_from(renewed).unwrap_or_default())
}
