//! Where categories, types, tags and authors are used: in working copies, those in the trash included, and in what is published.

use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::http::{Problem, text};

/// How many articles are named; the others are counted.
const NAMED: i64 = 20;

/// What may be used.
#[derive(Clone, Copy, Debug)]
pub enum Used<'a> {
    /// A category, by itself.
    Category(Uuid),
    /// An article type.
    Type(&'a str),
    /// A tag, with the names that lead to it.
    Tag(Uuid),
    /// An author.
    Author(Uuid),
}

/// An article that uses it.
#[derive(Debug, QueryableByName, Serialize)]
struct Use {
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = BigInt)]
    #[serde(skip)]
    articles: i64,
}

/// Refuses where an article uses it: with the newest that do, and how many there are. One statement.
///
/// # Errors
/// `conflict`.
pub fn refuse_used(conn: &mut PgConnection, used: Used<'_>) -> Result<(), Problem> {
    let uses = of(conn, used)?;
    match uses.first() {
        None => Ok(()),
        Some(first) => {
            let problem = Problem::conflict(text("still-used").with("articles", first.articles));
            Err(problem.with_member("used_by", first.articles).with_member("uses", json!(uses)))
        }
    }
}

fn of(conn: &mut PgConnection, used: Used<'_>) -> Result<Vec<Use>, Problem> {
    macro_rules! named {
        ($which:literal) => {
            concat!(
                "WITH used AS (",
                $which,
                ") SELECT a.id AS article_id, a.title, count(*) OVER () AS articles \
                     FROM used JOIN articles a USING (id) ORDER BY a.id DESC LIMIT $2"
            )
        };
    }
    let statement = match used {
        Used::Category(_) => named!(
            "SELECT id FROM articles WHERE category_id = $1::uuid UNION \
             SELECT article_id FROM published_articles WHERE category_id = $1::uuid"
        ),
        Used::Type(_) => named!(
            "SELECT id FROM articles WHERE article_type = $1 UNION \
             SELECT article_id FROM published_articles WHERE article_type = $1"
        ),
        Used::Author(_) => named!(
            "SELECT id FROM articles WHERE author_id = $1::uuid UNION \
             SELECT article_id FROM published_articles WHERE author_id = $1::uuid"
        ),
        Used::Tag(_) => named!(
            "SELECT a.id FROM tags t \
               JOIN article_versions v ON v.content -> 'tags' @> to_jsonb(t.id) \
               JOIN articles a ON (a.id, a.current_version) = (v.article_id, v.version) \
              WHERE coalesce(t.merged_into, t.id) = $1::uuid UNION \
             SELECT article_id FROM published_tags WHERE tag_id = $1::uuid"
        ),
    };
    let which = match used {
        Used::Category(id) | Used::Tag(id) | Used::Author(id) => id.to_string(),
        Used::Type(code) => code.to_owned(),
    };
    Ok(sql_query(statement).bind::<Text, _>(which).bind::<BigInt, _>(NAMED).load(conn)?)
}
