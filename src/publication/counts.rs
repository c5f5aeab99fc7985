//! How many public articles there are of each category, tag, author, type and month. The database's triggers write what
//! changes; here it is added to the numbers, so that whoever reads has little to add.

use diesel::{RunQueryDsl, select};

use crate::{db::Tx, http::Problem};

diesel::define_sql_function! {
    /// Of the migration `counts`.
    fn published_counts_fold() -> Integer;
}

/// Adds what has changed, and says how many changes there were.
pub fn fold(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let folded: i32 = select(published_counts_fold()).get_result(tx.conn)?;
    Ok(usize::try_from(folded).unwrap_or_default())
}
