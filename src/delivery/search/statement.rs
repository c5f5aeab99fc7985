//! The statement of suggestions: a function of the database, called in a form that is prepared once.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Text, Uuid as SqlUuid},
};

/// `delivery.suggest_tags(…)`: id, slug and name. Diesel's query builder knows no functions that answer tables, and would
/// prepare `sql_query` anew each time.
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
