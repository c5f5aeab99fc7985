//! Cards: articles as lists show them. A page is one statement over a view whose order is that of an index, and one
//! for the files of its pictures.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    article_key::ArticleKey,
    files::Files,
    model::{ArticleTypeName, Card, OwnCard},
};
use crate::{
    content::{AuthorRef, CONTENT_TYPE, CategoryRef, Picture, Plain},
    db::row::Columns,
    http::{OrNotFound, Problem},
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
pub type ListPlace = (DateTime<Utc>, Uuid);

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
    pub after: Option<ListPlace>,
    /// How many rows at most.
    pub limit: i64,
}

crate::row! {
    /// A card as it is found: the stored value, and beside it what may be called otherwise by now.
    #[expect(missing_docs, reason = "the columns of the view")]
    pub struct Row {
        publication_id: Uuid as SqlUuid,
        article_id: Uuid as SqlUuid,
        slug: String as Text,
        published_at: DateTime<Utc> as Timestamptz,
        first_published_at: DateTime<Utc> as Timestamptz,
        last_published_at: DateTime<Utc> as Timestamptz,
        expires_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        author_id: Option<Uuid> as Nullable<SqlUuid>,
        author_name: Option<String> as Nullable<Text>,
        category_id: Uuid as SqlUuid,
        category_slug: String as Text,
        category_name: String as Text,
        article_type: String as Text,
        article_type_name: String as Text,
        tags: Vec<String> as Array<Text>,
        card: Value as Jsonb,
    }
}

impl QueryFragment<Pg> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (column, direction, beyond) = match self.order {
            Order::Newest => ("a.published_at", " DESC", ") < ("),
            Order::Oldest => ("a.published_at", "", ") > ("),
            Order::LastPublished => ("a.last_published_at", " DESC", ") < ("),
        };
        for part in ["SELECT ", Row::COLUMNS, " FROM ", self.filter.source()] {
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
        for part in ["SELECT ", Row::COLUMNS, " FROM delivery.cards a WHERE a.article_id = ANY("] {
            out.push_sql(part);
        }
        out.push_bind_param::<Array<SqlUuid>, _>(self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The article of this name, whole.
struct Whole<'a>(&'a ArticleKey);

impl QueryFragment<Pg> for Whole<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in ["SELECT ", Row::COLUMNS, ", a.rest FROM delivery.cards a "] {
            out.push_sql(part);
        }
        match self.0 {
            ArticleKey::Id(id) => {
                out.push_sql("WHERE a.article_id = ");
                out.push_bind_param::<SqlUuid, _>(id)
            }
            ArticleKey::Slug(slug) => {
                out.push_sql("WHERE a.article_id = (SELECT s.article_id FROM delivery.slugs s WHERE s.slug = ");
                out.push_bind_param::<Text, _>(slug.as_str())?;
                out.push_sql(")");
                Ok(())
            }
        }
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

statement!(Page: <Row as Columns>::SqlType, Number: BigInt, Named: <Row as Columns>::SqlType,
    Whole: (<Row as Columns>::SqlType, Jsonb));

/// The stored value, as far as it is not passed on as it is.
#[derive(Deserialize)]
struct StoredCard {
    title: String,
    image: Option<Picture>,
    description_image: Option<Picture>,
    #[serde(flatten)]
    plain: Plain,
}

/// The cards of these rows, in the same order: one statement more if they have pictures.
fn cards(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Card>, Problem> {
    let mut found = Vec::with_capacity(rows.len());
    for mut row in rows {
        let stored = serde_json::from_value(row.card.take()).map_err(Problem::internal)?;
        found.push((row, stored));
    }
    let pictures = found.iter().flat_map(|(_, StoredCard { image, description_image, .. })| [image, description_image]);
    let ids: BTreeSet<Uuid> = pictures.flatten().map(|picture| picture.media_id).collect();
    let copies: Vec<Uuid> = found.iter().map(|(row, _)| row.publication_id).collect();
    let files = Files::load(conn, &copies, &ids.into_iter().collect::<Vec<_>>())?;
    Ok(found.into_iter().map(|(row, stored)| card(row, stored, &files)).collect())
}

fn card(row: Row, stored: StoredCard, files: &Files) -> Card {
    let Row {
        publication_id,
        article_id,
        slug,
        published_at,
        first_published_at,
        last_published_at,
        expires_at,
        author_id,
        author_name,
        category_id,
        category_slug,
        category_name,
        article_type,
        article_type_name,
        tags,
        card: _,
    } = row;
    let StoredCard { title, image, description_image, plain } = stored;
    let own = OwnCard {
        id: article_id,
        slug,
        title,
        published_at,
        first_published_at,
        last_published_at,
        expires_at,
        author: author_id.zip(author_name).map(|(id, name)| AuthorRef { id, name }),
        category: CategoryRef { id: category_id, slug: category_slug, name: category_name },
        article_type: ArticleTypeName { code: article_type, name: article_type_name },
        tags,
        image: image.and_then(|used| files.picture(publication_id, used)),
        description_image: description_image.and_then(|used| files.picture(publication_id, used)),
        content_type: CONTENT_TYPE,
        highlight: None,
    };
    Card { own, plain }
}

/// The cards of a page. Two statements at most, over one snapshot if they are not to mix two states.
pub fn page(conn: &mut PgConnection, page: Page<'_>) -> Result<Vec<Card>, Problem> {
    let rows: Vec<Row> = page.load(conn)?;
    cards(conn, rows)
}

/// How many articles there are of these, counted one by one. One statement.
pub fn count(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Problem> {
    Ok(Number(filter).get_result(conn)?)
}

/// The cards of those of these articles that are public. Two statements at most.
pub fn named(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Card>, Problem> {
    let rows: Vec<Row> = Named(ids).load(conn)?;
    Ok(cards(conn, rows)?.into_iter().map(|card| (card.own.id, card)).collect())
}

/// The public article of this name: its copy, its card, and the stored value of the rest. Two statements at most.
///
/// # Errors
/// `not_found`.
pub fn whole(conn: &mut PgConnection, key: &ArticleKey) -> Result<(Uuid, Card, Value), Problem> {
    let (row, rest): (Row, Value) = Whole(key).get_result(conn).or_not_found()?;
    let copy = row.publication_id;
    let card = cards(conn, vec![row])?.pop().ok_or_else(Problem::not_found)?;
    Ok((copy, card, rest))
}

/// The cards of these articles in the order of their ids; those that are not public are left out.
pub fn in_order(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Card>, Problem> {
    let mut cards = named(conn, ids)?;
    Ok(ids.iter().filter_map(|id| cards.remove(id)).collect())
}
