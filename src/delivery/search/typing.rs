//! Queries whose last word may be unfinished: what is suggested while somebody types.

use diesel::{PgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    Hit, Narrowing,
    query::{Query, all, and_not, term},
    statement::SuggestTags,
    walk,
};
use crate::{http::Problem, text::Word};

impl Query {
    /// All these words, the last as the beginning of one.
    fn unfinished(&self, prefix: &str, form: impl Fn(&Word) -> &str) -> String {
        all_unfinished(prefix, self.words().map(|word| form(word).to_owned()).collect())
    }

    /// The conditions for titles, best first: with the marks that were typed, with the words side by side, with the words.
    fn title_tiers(&self) -> Vec<String> {
        let mut tiers: Vec<String> = Vec::new();
        if self.has_marks() {
            tiers.push(self.unfinished("A:", |word| &word.marked));
        }
        let words: Vec<&Word> = self.words().collect();
        if words.len() > 1 {
            let pairs = words.windows(2).map(|pair| format!("{} {}", pair[0].folded, pair[1].folded)).collect();
            tiers.push(and_not(&all_unfinished("A:", pairs), &tiers));
        }
        tiers.push(and_not(&self.unfinished("A:", |word| &word.folded), &tiers));
        tiers
    }
}

fn all_unfinished(prefix: &str, terms: Vec<String>) -> String {
    let last = terms.len().saturating_sub(1);
    all(terms.iter().enumerate().map(|(index, word)| {
        let unfinished = if index == last { ":*" } else { "" };
        format!("{}{unfinished}", term(prefix, word))
    }))
}

/// Articles whose titles have all words, the last as the beginning of one. One statement.
pub fn titles_as_typed(conn: &mut PgConnection, query: &Query, limit: i64) -> Result<Vec<Hit>, Problem> {
    let tiers = query.title_tiers();
    let every = query.unfinished("A:", |word| &word.folded);
    walk(conn, Some(&every), &tiers, &Narrowing::default(), None, limit)
}

/// Tags, likewise: id, slug and name. Those of most live articles first. One statement.
pub fn tags_as_typed(
    conn: &mut PgConnection,
    query: &Query,
    limit: i64,
) -> Result<Vec<(Uuid, String, String)>, Problem> {
    let condition = query.unfinished("", |word| &word.folded);
    Ok(SuggestTags { condition: &condition, wanted: limit }.load(conn)?)
}
