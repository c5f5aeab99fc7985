//! The statements of search: functions of the database, called in a form that is prepared once.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

/// `delivery.search(…)`. Diesel's query builder knows no functions that answer tables, and would prepare `sql_query` anew
/// each time.
pub(super) struct Search<'a> {
    pub every: Option<&'a str>,
    pub tiers: &'a [String],
    pub narrowed: &'a str,
    pub published_after: Option<DateTime<Utc>>,
    pub published_before: Option<DateTime<Utc>>,
    pub after_tier: Option<i32>,
    pub after_at: Option<DateTime<Utc>>,
    pub after_id: Option<Uuid>,
    pub wanted: i64,
}

/// A row of [`Search`]: the article, its date and its tier, counted from 1.
pub(super) type Row = (Uuid, DateTime<Utc>, i32);

impl QueryId for Search<'_> {
    type QueryId = Search<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Search<'_> {
    type SqlType = (SqlUuid, Timestamptz, Integer);
}

impl RunQueryDsl<PgConnection> for Search<'_> {}

impl QueryFragment<Pg> for Search<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT article_id, published_at, tier FROM delivery.search(");
        out.push_bind_param::<Nullable<Text>, _>(&self.every)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.tiers)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.narrowed)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Timestamptz>, _>(&self.published_after)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Timestamptz>, _>(&self.published_before)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Integer>, _>(&self.after_tier)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Timestamptz>, _>(&self.after_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<SqlUuid>, _>(&self.after_id)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.wanted)?;
        out.push_sql(")");
        Ok(())
    }
}

/// `delivery.suggest_tags(…)`: id, slug and name.
pub(super) struct SuggestTags<'a> {
    pub condition: &'a str,
    pub wanted: i64,
}

impl QueryId for SuggestTags<'_> {
    type QueryId = SuggestTags<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for SuggestTags<'_> {
    type SqlType = (SqlUuid, Text, Text);
}

impl RunQueryDsl<PgConnection> for SuggestTags<'_> {}

impl QueryFragment<Pg> for SuggestTags<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT id, slug, name FROM delivery.suggest_tags(");
        out.push_bind_param::<Text, _>(&self.condition)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.wanted)?;
        out.push_sql(")");
        Ok(())
    }
}

diesel::define_sql_function! {
    /// How many articles meet a condition.
    #[sql_name = "delivery.search_count"]
    fn search_count(
        condition: Text,
        published_after: Nullable<Timestamptz>,
        published_before: Nullable<Timestamptz>,
    ) -> BigInt;
}
