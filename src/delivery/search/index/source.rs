//! What the index is made from: the views of what is public at this moment, and what is told of its changes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::delivery::search::terms::Document;

/// Of so many changes or more everything is compared.
const TOO_MANY: i64 = 2001;

/// A state of what is public.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct State {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub generation: i64,
    /// When it was seen, by the database's clock.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// When the clock will change it next.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_change: Option<DateTime<Utc>>,
}

impl State {
    /// The present one.
    pub fn now(conn: &mut PgConnection) -> QueryResult<Self> {
        sql_query("SELECT generation, at, next_change FROM delivery.state").get_result(conn)
    }

    /// Whether this is what that one is, or later.
    pub fn covers(&self, generation: i64, at: DateTime<Utc>) -> bool {
        self.generation >= generation && (self.at >= at || self.next_change.is_none_or(|next| next > at))
    }
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(embed)]
    state: State,
    /// How many states since then tell what they changed.
    #[diesel(sql_type = BigInt)]
    told: i64,
    #[diesel(sql_type = Array<Text>)]
    changed: Vec<String>,
}

/// The present state, and which articles have changed since that one, or may have. None for anything. One statement, so
/// that both are of one state.
pub fn changed(conn: &mut PgConnection, since: State) -> QueryResult<(State, Option<Vec<Uuid>>)> {
    let told: Told = sql_query(
        "SELECT s.generation, s.at, s.next_change, \
                (SELECT count(DISTINCT generation) FROM delivery.changes WHERE generation > $1) AS told, \
                ARRAY(SELECT key FROM delivery.changes \
                       WHERE generation > $1 AND (key LIKE 'article/%' OR key = 'everything') \
                       UNION SELECT key FROM delivery.moments WHERE at > $2 AND at <= s.at AND key LIKE 'article/%' \
                       LIMIT $3) AS changed \
           FROM delivery.state s",
    )
    .bind::<BigInt, _>(since.generation)
    .bind::<Timestamptz, _>(since.at)
    .bind::<BigInt, _>(TOO_MANY)
    .get_result(conn)?;
    let few = i64::try_from(told.changed.len()).is_ok_and(|many| many < TOO_MANY);
    // A state of which nothing is told, and a number or a clock that went back, were not made by us.
    let all_told = few && told.state.at >= since.at && told.told == told.state.generation - since.generation;
    // What is no article is everything.
    let ids = told.changed.iter().map(|key| Uuid::parse_str(key.strip_prefix("article/")?).ok()).collect();
    Ok((told.state, if all_told { ids } else { None }))
}

/// What a document is made of beside its texts, which change only together with the copy's own id. Tags may get other
/// names, and a copy other tags.
macro_rules! print {
    () => {
        "hashtextextended(concat_ws('|', a.publication_id, a.category_id, a.author_id, a.article_type, a.locale, \
         a.featured, extract(epoch FROM a.published_at), extract(epoch FROM a.last_published_at), t.said), 0) AS print"
    };
}

/// What a tag says.
macro_rules! said {
    () => {
        "string_agg(x.tag_id || x.name, '|' ORDER BY x.tag_id) AS said"
    };
}

#[derive(QueryableByName)]
struct Print {
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = BigInt)]
    print: i64,
}

/// All public articles, and of each a number that is another one where it has to be read anew.
pub fn prints(conn: &mut PgConnection) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<Print> = sql_query(concat!(
        "SELECT a.article_id, ",
        print!(),
        " FROM delivery.articles a LEFT JOIN (SELECT x.publication_id, ",
        said!(),
        " FROM delivery.article_tag_names x GROUP BY x.publication_id) t \
         USING (publication_id)",
    ))
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.article_id, row.print)).collect())
}

/// Those of these articles that are public.
pub fn documents(conn: &mut PgConnection, ids: &[Uuid]) -> QueryResult<Vec<Document>> {
    sql_query(concat!(
        "SELECT a.article_id, ",
        print!(),
        ", a.published_at, a.last_published_at, a.card ->> 'kicker' AS kicker, a.card ->> 'title' AS title, \
           a.card ->> 'summary' AS summary, a.rest ->> 'body' AS body, \
           coalesce(t.ids, '{}') AS tag_ids, coalesce(t.names, '{}') AS tag_names, \
           a.category_id, a.article_type, a.author_id, a.locale, a.featured \
         FROM delivery.articles a LEFT JOIN LATERAL (SELECT array_agg(x.tag_id) AS ids, array_agg(x.name) AS names, ",
        said!(),
        " FROM delivery.article_tag_names x WHERE x.publication_id = a.publication_id) t ON true \
         WHERE a.article_id = ANY($1)",
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)
}
