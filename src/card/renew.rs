//! Cards that were written by earlier rules, or not at all by a version of this service that knew of none.

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use serde_json::Value;
use uuid::Uuid;

use super::{RULES, Source, of_version, written};
use crate::{db::Tx, http::Problem};

/// How many are written at a time: a few milliseconds.
const AT_A_TIME: i32 = 50;

/// A copy whose card is to be written.
#[derive(QueryableByName)]
struct Stale {
    #[diesel(sql_type = sql_types::Uuid)]
    publication_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    article_id: Uuid,
    #[diesel(sql_type = sql_types::Integer)]
    version: i32,
    #[diesel(sql_type = sql_types::Text)]
    slug: String,
    #[diesel(sql_type = sql_types::Timestamptz)]
    published_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    first_published_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    last_published_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::Jsonb)]
    card: Value,
}

/// Writes some cards by the rules of now, and says of how many copies. None are left where it says 0, or another replica is
/// at them. Readers see no difference, for until then each of them is written when it is read: nobody is told of a change.
pub fn renew(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let stale: Vec<Stale> = sql_query(
        "SELECT a.publication_id, a.article_id, p.version, a.slug, a.published_at, a.first_published_at, \
                a.last_published_at, a.expires_at, a.card \
           FROM published_articles a JOIN publications p ON p.id = a.publication_id \
          WHERE a.shown_rules < $1 LIMIT $2 FOR UPDATE OF a SKIP LOCKED",
    )
    .bind::<sql_types::SmallInt, _>(RULES)
    .bind::<sql_types::Integer, _>(AT_A_TIME)
    .load(tx.conn)?;
    sql_query("SELECT publication_as_before()").execute(tx.conn)?;
    let copies = stale.len();
    for copy in stale {
        let says: super::Says = serde_json::from_value(copy.card).map_err(Problem::internal)?;
        let files = of_version(tx.conn, copy.article_id, copy.version, &says.pictures())?;
        let source = Source {
            article: copy.article_id,
            slug: copy.slug,
            published_at: copy.published_at,
            first_published_at: copy.first_published_at,
            last_published_at: copy.last_published_at,
            expires_at: copy.expires_at,
            says,
        };
        sql_query(
            "UPDATE published_articles SET shown = $2, shown_rules = $3, \
                    tags = ARRAY(SELECT tag_id FROM published_tags t WHERE t.publication_id = $1 ORDER BY position) \
              WHERE publication_id = $1",
        )
        .bind::<sql_types::Uuid, _>(copy.publication_id)
        .bind::<sql_types::Text, _>(written(source, &files)?)
        .bind::<sql_types::SmallInt, _>(RULES)
        .execute(tx.conn)?;
    }
    Ok(copies)
}
