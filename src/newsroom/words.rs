//! The words of working copies, by which editors find drafts: those of title, kicker, summary and body. They are written with each
//! version; those of what was there before are added by [`add_missing`].

use std::collections::BTreeSet;

use diesel::{
    Insertable, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{
    content::Content,
    db::{Tx, schema::article_words},
    http::Problem,
    text::{plain_body, words},
};

/// Of a body no more is noted, in bytes of its text.
const BODY_LIMIT: usize = 200_000;

/// How many different words are noted at most: what nobody writes by hand must not make the index of all others dear.
const MOST: usize = 20_000;

/// No more words of a question are looked at.
const ASKED: usize = 16;

/// How many articles are looked at together: some ten milliseconds.
const AT_A_TIME: i64 = 100;

/// The words of a version as they are stored.
#[derive(Insertable)]
#[diesel(table_name = article_words, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct WordsRow {
    pub article_id: Uuid,
    pub version: i32,
    pub words: Vec<String>,
}

/// What a version says, each word once.
pub fn of(content: &Content) -> Vec<String> {
    let Content { title, plain, body, .. } = content;
    let body = body.as_deref().map(|body| plain_body(body, BODY_LIMIT));
    let texts = [title, &plain.kicker, &plain.summary, &body];
    let mut noted = BTreeSet::new();
    for word in texts.into_iter().flatten().flat_map(|text| words(text)) {
        if noted.len() == MOST {
            break;
        }
        noted.insert(word.folded.into_string());
    }
    noted.into_iter().collect()
}

/// The words that an editor asks for.
pub fn asked(question: &str) -> Vec<String> {
    words(question).take(ASKED).map(|word| word.folded.into_string()).collect()
}

/// What was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// The last article; none where there are no more.
    pub last: Option<Uuid>,
    /// How many had no words, or those of an earlier version.
    pub missed: usize,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    /// None where its words are there.
    #[diesel(sql_type = Nullable<Jsonb>)]
    content: Option<serde_json::Value>,
}

/// Adds the words of some articles that lack them, of those behind this one. What an editor writes meanwhile is kept.
pub fn add_missing(tx: &mut Tx<'_>, after: Uuid) -> Result<Looked, Problem> {
    let found: Vec<Found> = sql_query(
        "SELECT a.id, a.current_version AS version, v.content \
           FROM (SELECT id, current_version FROM articles WHERE id > $1 ORDER BY id LIMIT $2) a \
           LEFT JOIN article_words w ON (w.article_id, w.version) = (a.id, a.current_version) \
           LEFT JOIN article_versions v \
             ON (v.article_id, v.version) = (a.id, a.current_version) AND w.article_id IS NULL \
          ORDER BY a.id",
    )
    .bind::<SqlUuid, _>(after)
    .bind::<BigInt, _>(AT_A_TIME)
    .load(tx.conn)?;
    let last = found.last().map(|found| found.id);
    let mut missed = 0;
    for Found { id, version, content } in found {
        let Some(content) = content else { continue };
        missed += 1;
        let content = Content::from_stored(content).map_err(Problem::internal)?;
        sql_query(
            "INSERT INTO article_words AS w (article_id, version, words) VALUES ($1, $2, $3) \
             ON CONFLICT (article_id) DO UPDATE SET version = EXCLUDED.version, words = EXCLUDED.words \
              WHERE w.version < EXCLUDED.version",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<Integer, _>(version)
        .bind::<Array<Text>, _>(of(&content))
        .execute(tx.conn)?;
    }
    Ok(Looked { last, missed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_says_each_of_its_words_once_without_marks_or_markup() {
        let mut content = Content::blank("vi");
        content.title = Some("Dân vận khéo".to_owned());
        content.plain.summary = Some("Dân vận".to_owned());
        content.body = Some("<p>Đồng&nbsp;Xoài <b>g</b>óp</p>".to_owned());
        assert_eq!(of(&content), ["dan", "dong", "gop", "kheo", "van", "xoai"]);
        assert_eq!(asked("Đồng Xoài, dân"), ["dong", "xoai", "dan"]);
    }
}
