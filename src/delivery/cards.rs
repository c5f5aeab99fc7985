//! Cards: articles as lists show them. A page is one statement over a view whose order is that of an index.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, Queryable, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Int4, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    files::Files,
    model::{ArticleTypeName, Card, part},
};
use crate::{
    content::{AuthorRef, CategoryRef},
    content::{CONTENT_TYPE, Picture},
    http::Problem,
};

/// Which articles a list holds. All conditions hold together.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this category, or below.
    pub category: Option<Uuid>,
    /// With any of these tags.
    pub tags: Option<Vec<Uuid>>,
    /// Of this type, by code.
    pub article_type: Option<String>,
    /// By this author.
    pub author: Option<Uuid>,
    /// Featured, or not.
    pub featured: Option<bool>,
    /// Dated at this moment or later.
    pub published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    pub published_before: Option<DateTime<Utc>>,
    /// In this language.
    pub locale: Option<String>,
    /// With these terms of the search index, as a `tsquery`.
    pub terms: Option<String>,
}

/// The order of a list; ties by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By `published_at`, newest first.
    Newest,
    /// By `published_at`, oldest first.
    Oldest,
    /// By `last_published_at`, newest first.
    LastPublished,
}

/// Where a page ended: the sort key of its last row.
pub type Key = (DateTime<Utc>, Uuid);

impl Filter {
    /// The view to read: where one category or one tag is asked for, the one that has it in the index's first column.
    fn source(&self) -> &'static str {
        match (&self.tags, self.category) {
            (Some(tags), _) if tags.len() == 1 => "delivery.cards_by_tag a",
            (None, Some(_)) => "delivery.cards_by_category a",
            _ => "delivery.cards a",
        }
    }

    /// Writes the conditions on `a`, beginning with `WHERE`.
    fn write<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" WHERE true");
        match self.tags.as_deref() {
            None => {}
            Some([only]) => {
                out.push_sql(" AND a.with_tag = ");
                out.push_bind_param::<SqlUuid, _>(only)?;
            }
            Some(several) => {
                out.push_sql(
                    " AND a.publication_id IN (SELECT publication_id FROM delivery.article_tags WHERE tag_id = ANY(",
                );
                out.push_bind_param::<Array<SqlUuid>, _>(several)?;
                out.push_sql("))");
            }
        }
        match (&self.category, &self.tags) {
            (None, _) => {}
            (Some(category), None) => {
                out.push_sql(" AND a.in_category = ");
                out.push_bind_param::<SqlUuid, _>(category)?;
            }
            (Some(category), Some(_)) => {
                out.push_sql(
                    " AND EXISTS (SELECT FROM delivery.article_categories c \
                     WHERE c.publication_id = a.publication_id AND c.category_id = ",
                );
                out.push_bind_param::<SqlUuid, _>(category)?;
                out.push_sql(")");
            }
        }
        if let Some(code) = &self.article_type {
            out.push_sql(" AND a.article_type = ");
            out.push_bind_param::<Text, _>(code)?;
        }
        if let Some(author) = &self.author {
            out.push_sql(" AND a.author_id = ");
            out.push_bind_param::<SqlUuid, _>(author)?;
        }
        match self.featured {
            None => {}
            // Written out, for the index is a partial one.
            Some(true) => out.push_sql(" AND a.featured"),
            Some(false) => out.push_sql(" AND NOT a.featured"),
        }
        if let Some(after) = &self.published_after {
            out.push_sql(" AND a.published_at >= ");
            out.push_bind_param::<Timestamptz, _>(after)?;
        }
        if let Some(before) = &self.published_before {
            out.push_sql(" AND a.published_at < ");
            out.push_bind_param::<Timestamptz, _>(before)?;
        }
        if let Some(locale) = &self.locale {
            out.push_sql(" AND a.locale = ");
            out.push_bind_param::<Text, _>(locale)?;
        }
        if let Some(terms) = &self.terms {
            out.push_sql(" AND a.publication_id IN (SELECT publication_id FROM delivery.search_terms WHERE terms @@ ");
            out.push_bind_param::<Text, _>(terms)?;
            out.push_sql("::tsquery)");
        }
        Ok(())
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<'a> {
    /// Of which articles.
    pub filter: &'a Filter,
    /// In which order.
    pub order: Order,
    /// After which row.
    pub after: Option<Key>,
    /// How many rows at most.
    pub limit: i64,
}

/// What a card is made of, as [`Row`] takes it.
const COLUMNS: &str = "a.article_id, a.slug, a.locale, a.title, a.summary, a.external_url, \
    a.published_at, a.first_published_at, a.last_published_at, a.expires_at, \
    a.featured, a.page_count, a.photo_count, a.legacy_id, \
    a.category_id, a.category_slug, a.category_name, a.article_type, a.article_type_name, a.author_id, a.author_name, \
    a.image, a.description_image, a.source, a.seo, a.files, a.tags";

type Columns = (
    (SqlUuid, Text, Text, Text, Nullable<Text>, Nullable<Text>),
    (Timestamptz, Timestamptz, Timestamptz, Nullable<Timestamptz>),
    (Bool, Int4, Int4, Nullable<BigInt>),
    (SqlUuid, Text, Text, Text, Text, Nullable<SqlUuid>, Nullable<Text>),
    (Nullable<Jsonb>, Nullable<Jsonb>, Nullable<Jsonb>, Nullable<Jsonb>, Nullable<Jsonb>),
    Array<Text>,
);

impl QueryFragment<Pg> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (column, direction, beyond) = match self.order {
            Order::Newest => ("a.published_at", " DESC", ") < ("),
            Order::Oldest => ("a.published_at", "", ") > ("),
            Order::LastPublished => ("a.last_published_at", " DESC", ") < ("),
        };
        for part in ["SELECT ", COLUMNS, " FROM ", self.filter.source()] {
            out.push_sql(part);
        }
        self.filter.write(&mut out)?;
        if let Some((at, id)) = &self.after {
            for part in [" AND (", column, ", a.article_id", beyond] {
                out.push_sql(part);
            }
            out.push_bind_param::<Timestamptz, _>(at)?;
            out.push_sql(", ");
            out.push_bind_param::<SqlUuid, _>(id)?;
            out.push_sql(")");
        }
        for part in [" ORDER BY ", column, direction, ", a.article_id", direction, " LIMIT "] {
            out.push_sql(part);
        }
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

/// How many articles a list holds.
struct Number<'a>(&'a Filter);

impl QueryFragment<Pg> for Number<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM ");
        out.push_sql(self.0.source());
        self.0.write(&mut out)
    }
}

/// The articles with these ids, in no order.
struct Named<'a>(&'a [Uuid]);

impl QueryFragment<Pg> for Named<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in ["SELECT ", COLUMNS, " FROM delivery.cards a WHERE a.article_id = ANY("] {
            out.push_sql(part);
        }
        out.push_bind_param::<Array<SqlUuid>, _>(self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Statements of which diesel keeps the prepared form by their text, which is the same whatever is bound.
macro_rules! statement {
    ($($name:ident: $columns:ty),+) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl Query for $name<'_> {
            type SqlType = $columns;
        }

        impl RunQueryDsl<PgConnection> for $name<'_> {}
    )+};
}

statement!(Page: Columns, Number: BigInt, Named: Columns);

/// What publication wrote as JSON.
type Part = Option<Value>;

/// A row of a list.
#[derive(Queryable)]
struct Row {
    identity: (Uuid, String, String, String, Option<String>, Option<String>),
    dates: (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>),
    counts: (bool, i32, i32, Option<i64>),
    filed: (Uuid, String, String, String, String, Option<Uuid>, Option<String>),
    parts: (Part, Part, Part, Part, Part),
    tags: Vec<String>,
}

impl Row {
    fn card(self) -> Card {
        let (id, slug, locale, title, summary, external_url) = self.identity;
        let (published_at, first_published_at, last_published_at, expires_at) = self.dates;
        let (featured, page_count, photo_count, legacy_id) = self.counts;
        let (category_id, category_slug, category_name, type_code, type_name, author_id, author_name) = self.filed;
        let (image, description_image, source, seo, files) = self.parts;
        let files = Files::of(files);
        let picture = |stored| part::<Picture>(stored).and_then(|picture| files.picture(picture));
        Card {
            id,
            slug,
            locale,
            title,
            summary,
            external_url,
            published_at,
            first_published_at,
            last_published_at,
            expires_at,
            featured,
            author: author_id.zip(author_name).map(|(id, name)| AuthorRef { id, name }),
            category: CategoryRef { id: category_id, slug: category_slug, name: category_name },
            article_type: ArticleTypeName { code: type_code, name: type_name },
            page_count,
            photo_count,
            tags: self.tags,
            image: picture(image),
            description_image: picture(description_image),
            source: part(source),
            seo: part(seo),
            legacy_id,
            content_type: CONTENT_TYPE,
            highlight: None,
        }
    }
}

/// The cards of a page. One statement.
///
/// # Errors
/// Those of the database.
pub fn page(conn: &mut PgConnection, page: Page<'_>) -> Result<Vec<Card>, Problem> {
    let rows: Vec<Row> = page.load(conn)?;
    Ok(rows.into_iter().map(Row::card).collect())
}

/// How many articles there are of these.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Problem> {
    Ok(Number(filter).get_result(conn)?)
}

/// The cards of those of these articles that are public. One statement.
///
/// # Errors
/// Those of the database.
pub fn named(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Card>, Problem> {
    let rows: Vec<Row> = Named(ids).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.identity.0, row.card())).collect())
}

/// The cards of these articles, in the order of their ids; those that are not public are left out. One statement.
///
/// # Errors
/// Those of the database.
pub fn in_order(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Card>, Problem> {
    let mut cards = named(conn, ids)?;
    Ok(ids.iter().filter_map(|id| cards.remove(id)).collect())
}
