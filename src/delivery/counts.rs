//! How many public articles there are of each kind: kept numbers, exact in the snapshot in which they are read.

use std::collections::HashMap;

use diesel::{ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use crate::{db::schema::delivery::counts, http::Problem};

/// The numbers of each value of a facet that some public article has: `category` and `type` by id and code, `month` of
/// their dates in Vietnam (`2026-11`).
pub fn by(conn: &mut PgConnection, facet: &str) -> Result<HashMap<String, i64>, Problem> {
    let rows: Vec<(String, i64)> =
        counts::table.filter(counts::facet.eq(facet)).select((counts::value, counts::articles)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// What the facet of the months of a category is called.
pub fn months_of(category: Uuid) -> String {
    format!("month/{category}")
}
