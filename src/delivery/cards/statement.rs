//! The statements that find cards: a page is one range of an index, whatever else is asked for.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    deserialize::{self, FromSql, FromSqlRow},
    pg::{Pg, PgValue},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::filter::{Filter, Range, source};
use crate::{db::row::Columns, delivery::article_key::ArticleKey};

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
    /// A card as it is found: what was written at publication, and beside it the ids of what is named when it is read.
    pub struct Row {
        publication_id: Uuid as SqlUuid,
        article_id: Uuid as SqlUuid,
        published_at: DateTime<Utc> as Timestamptz,
        last_published_at: DateTime<Utc> as Timestamptz,
        expires_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        author_id: Option<Uuid> as Nullable<SqlUuid>,
        category_id: Uuid as SqlUuid,
        article_type: String as Text,
        tags: Option<Vec<Uuid>> as Nullable<Array<SqlUuid>>,
        shown: Option<Written> as Nullable<Text>,
        shown_rules: i16 as SmallInt,
        named: i64 as BigInt,
    }
}

/// A card as it was written, in UTF-8. It is passed on as bytes, with room for the names that it gets.
#[derive(Debug, FromSqlRow)]
pub struct Written(pub Vec<u8>);

/// What names take, in most cards.
const NAMES: usize = 768;

impl FromSql<Text, Pg> for Written {
    fn from_sql(stored: PgValue<'_>) -> deserialize::Result<Self> {
        let mut json = Vec::with_capacity(stored.as_bytes().len() + NAMES);
        json.extend_from_slice(stored.as_bytes());
        Ok(Self(json))
    }
}

/// How a list is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// The range that is walked; all articles, where there is none.
    pub range: Option<Range>,
    /// Whether the range is read whole and then put in order.
    pub gathered: bool,
}

/// The rows of a page, and how to read them.
pub(super) struct Rows<'a> {
    pub page: Page<'a>,
    pub way: Way,
}

impl QueryFragment<Pg> for Rows<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Page { filter, order, after, limit } = &self.page;
        let (column, direction, beyond) = match order {
            Order::Newest => ("a.published_at", " DESC", ") < ("),
            Order::Oldest => ("a.published_at", "", ") > ("),
            Order::LastPublished => ("a.last_published_at", " DESC", ") < ("),
        };
        let several = filter.tags.as_ref().filter(|_| self.way.range == Some(Range::Tags));
        if let Some(tags) = several {
            for part in ["SELECT DISTINCT ON (", column, ", a.article_id) a.* FROM unnest("] {
                out.push_sql(part);
            }
            out.push_bind_param::<Array<SqlUuid>, _>(tags)?;
            out.push_sql("::uuid[]) AS wanted (tag) CROSS JOIN LATERAL (");
        }
        for part in ["SELECT * FROM (SELECT ", Row::COLUMNS, " FROM ", source(self.way.range)] {
            out.push_sql(part);
        }
        filter.write(self.way.range, &mut out)?;
        if let Some((at, id)) = after {
            for part in [" AND (", column, ", a.article_id", beyond] {
                out.push_sql(part);
            }
            out.push_bind_param::<Timestamptz, _>(at)?;
            out.push_sql(", ");
            out.push_bind_param::<SqlUuid, _>(id)?;
            out.push_sql(")");
        }
        // Behind this the planner does not know what order is wanted, and reads the range.
        out.push_sql(if self.way.gathered { " OFFSET 0) a" } else { "" });
        for part in [" ORDER BY ", column, direction, ", a.article_id", direction] {
            out.push_sql(part);
        }
        // Of a limit that it is not told the planner expects a tenth of all rows, and would make a plan for each page. It
        // may be told the greatest there is; rows beyond those that are asked for are not read.
        out.push_sql(if self.way.gathered { " LIMIT " } else { " LIMIT 101) a LIMIT " });
        out.push_bind_param::<BigInt, _>(limit)?;
        if several.is_some() {
            for part in [") a ORDER BY ", column, direction, ", a.article_id", direction, " LIMIT "] {
                out.push_sql(part);
            }
            out.push_bind_param::<BigInt, _>(limit)?;
        }
        Ok(())
    }
}

/// How many articles a list holds, counted over a range of it.
pub(super) struct Number<'a> {
    pub filter: &'a Filter,
    pub walked: Option<Range>,
}

impl QueryFragment<Pg> for Number<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM ");
        out.push_sql(source(self.walked));
        self.filter.write(self.walked, &mut out)
    }
}

/// The articles with these ids, in no order.
pub(super) struct Named<'a>(pub &'a [Uuid]);

impl QueryFragment<Pg> for Named<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        named("", self.0, out)
    }
}

/// The same with their bodies.
pub(super) struct WithBodies<'a>(pub &'a [Uuid]);

impl QueryFragment<Pg> for WithBodies<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        named(", a.rest ->> 'body'", self.0, out)
    }
}

fn named<'b>(more: &str, ids: &'b [Uuid], mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    for part in ["SELECT ", Row::COLUMNS, more, " FROM delivery.shown a WHERE a.article_id = ANY("] {
        out.push_sql(part);
    }
    out.push_bind_param::<Array<SqlUuid>, _>(ids)?;
    out.push_sql(")");
    Ok(())
}

/// The article of this name, whole.
pub(super) struct Whole<'a>(pub &'a ArticleKey);

impl QueryFragment<Pg> for Whole<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in ["SELECT ", Row::COLUMNS, ", a.rest::text FROM delivery.shown a "] {
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

/// The same with the rest of each.
pub(super) struct Wholes<'a>(pub &'a [Uuid]);

impl QueryFragment<Pg> for Wholes<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        named(", a.rest::text", self.0, out)
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

statement!(Rows: <Row as Columns>::SqlType, Number: BigInt, Named: <Row as Columns>::SqlType,
    WithBodies: (<Row as Columns>::SqlType, Nullable<Text>), Whole: (<Row as Columns>::SqlType, Text),
    Wholes: (<Row as Columns>::SqlType, Text));
