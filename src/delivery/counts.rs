//! How many public articles there are of each kind: kept numbers, exact in the snapshot in which they are read.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::cards::Filter;
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

/// How many articles there are of these, if that is a number that is kept: of all, or by one condition alone.
pub fn kept(conn: &mut PgConnection, filter: &Filter) -> Result<Option<i64>, Problem> {
    let Some((facet, value)) = number(filter) else { return Ok(None) };
    let articles = counts::table
        .filter(counts::facet.eq(facet).and(counts::value.eq(value)))
        .select(counts::articles)
        .first(conn)
        .optional()?;
    Ok(Some(articles.unwrap_or(0)))
}

fn number(filter: &Filter) -> Option<(&'static str, String)> {
    let Filter {
        category,
        tags,
        article_type,
        author,
        featured: None,
        published_after: None,
        published_before: None,
        locale: None,
        terms: None,
    } = filter
    else {
        return None;
    };
    match (category, tags.as_deref(), article_type, author) {
        (None, None, None, None) => Some(("all", String::new())),
        (Some(category), None, None, None) => Some(("category", category.to_string())),
        (None, Some([tag]), None, None) => Some(("tag", tag.to_string())),
        (None, None, Some(code), None) => Some(("type", code.clone())),
        (None, None, None, Some(author)) => Some(("author", author.to_string())),
        _ => None,
    }
}
