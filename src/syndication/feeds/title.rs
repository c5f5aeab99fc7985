//! What a feed is called: the site, and by which names its list is narrowed.

use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};

use crate::{
    db::schema::delivery::{article_types, authors, categories, tags},
    delivery::listing::Wanted,
    http::Problem,
};

/// The title of the feed of these articles. A statement for each name; what there is none of is not named.
pub fn title(conn: &mut PgConnection, site: &str, wanted: &Wanted) -> Result<String, Problem> {
    let mut parts = vec![site.to_owned()];
    if let Some(slug) = &wanted.category {
        parts.extend(
            categories::table.filter(categories::slug.eq(slug)).select(categories::name).first(conn).optional()?,
        );
    }
    if let Some(code) = &wanted.article_type {
        parts.extend(article_types::table.find(code).select(article_types::name).first(conn).optional()?);
    }
    if let Some(slugs) = &wanted.tags {
        let named = tags::table.filter(tags::slug.eq_any(slugs)).order(tags::slug).select(tags::name);
        let names: Vec<String> = named.load(conn)?;
        parts.extend((!names.is_empty()).then(|| names.join(", ")));
    }
    if let Some(id) = wanted.author {
        parts.extend(authors::table.find(id).select(authors::name).first(conn).optional()?);
    }
    parts.extend(wanted.q.as_ref().map(|q| format!("“{q}”")));
    Ok(parts.join(" – "))
}
