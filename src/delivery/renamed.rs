//! Addresses that name a category as it was called before.

use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};
use serde::Serialize;

use crate::{
    db::schema::delivery::former_category_slugs,
    http::{
        Found, Problem,
        depends::{Depends, Key},
    },
};

/// Where the same is found by the slug that a category has now, if `slug` is one that it had; `asked` says what is asked for
/// by a slug. For what was found empty: one statement.
///
/// # Errors
/// `internal` where what is asked for is more than names and values.
pub fn category<A: Serialize>(
    conn: &mut PgConnection,
    path: &str,
    slug: Option<&str>,
    asked: impl FnOnce(String) -> A,
) -> Result<Option<Found>, Problem> {
    let Some(slug) = slug else { return Ok(None) };
    let Some(present) = present(conn, slug)? else { return Ok(None) };
    let query = serde_urlencoded::to_string(asked(present)).map_err(Problem::internal)?;
    // Names of categories outdate everything.
    Ok(Some(Found::Moved { to: format!("{path}?{query}"), depends: Depends::on([Key::articles()]) }))
}

/// The slug that a category has now which had this one before.
pub fn present(conn: &mut PgConnection, slug: &str) -> Result<Option<String>, Problem> {
    let former = former_category_slugs::table.filter(former_category_slugs::slug.eq(slug));
    Ok(former.select(former_category_slugs::present).first(conn).optional()?)
}
