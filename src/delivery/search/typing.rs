//! Queries whose last word may be unfinished: what is suggested while somebody types.

use diesel::{PgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    Hit, Narrowing, View,
    condition::{Condition, all, and_not, term},
    query::Query,
    statement::SuggestTags,
    terms::{self, TITLE},
    walk,
};
use crate::{http::Problem, text::Word};

impl Query {
    /// All these words, the last as the beginning of one.
    fn unfinished(&self, form: impl Fn(&Word) -> &str) -> Condition {
        all_unfinished(self.words().map(|word| form(word).to_owned()).collect())
    }

    /// The conditions for titles, best first: with the marks that were typed, with the words side by side, with the words.
    fn title_tiers(&self) -> Vec<Condition> {
        let mut tiers: Vec<Condition> = Vec::new();
        if self.has_marks() {
            tiers.push(self.unfinished(|word| &word.marked));
        }
        let words: Vec<&Word> = self.words().collect();
        if words.len() > 1 {
            let pairs = words.windows(2).map(|pair| terms::pair(pair[0], pair[1])).collect();
            tiers.push(and_not(all_unfinished(pairs), &tiers));
        }
        tiers.push(and_not(self.unfinished(|word| &word.folded), &tiers));
        tiers
    }
}

fn all_unfinished(terms: Vec<String>) -> Condition {
    let last = terms.len().saturating_sub(1);
    all(terms.iter().enumerate().map(|(index, word)| match term(TITLE, word) {
        Condition::Term(term) if index == last => Condition::Beginning(term),
        finished => finished,
    }))
}

/// Articles whose titles have all words, the last as the beginning of one.
///
/// # Errors
/// `internal` where the index cannot be read.
pub fn titles_as_typed(view: &View, query: &Query, limit: usize) -> Result<Vec<Hit>, Problem> {
    walk(view, query.title_tiers(), &Narrowing::default(), false, None, limit)
}

/// Tags, likewise: id, slug and name. Those of most live articles first. One statement.
pub fn tags_as_typed(
    conn: &mut PgConnection,
    query: &Query,
    limit: i64,
) -> Result<Vec<(Uuid, String, String)>, Problem> {
    let last = query.words().count().saturating_sub(1);
    let quoted = query.words().enumerate().map(|(index, word)| {
        let unfinished = if index == last { ":*" } else { "" };
        // A word has neither quotation marks nor strokes.
        format!("'{}'{unfinished}", word.folded)
    });
    let condition = quoted.collect::<Vec<_>>().join(" & ");
    Ok(SuggestTags { condition: &condition, wanted: limit }.load(conn)?)
}
