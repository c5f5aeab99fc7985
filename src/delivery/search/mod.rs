//! Search over what is published.
//!
//! [`Query`] is what was typed, [`page`] finds, [`highlight`] shows where, [`spelling`] looks for what was meant where
//! nothing was found. The terms that are searched are written by the database, from the published copies, see the
//! migration `search`; docs/decisions/0010-search.md says why it is so.

pub mod highlight;
mod query;
pub mod spelling;
mod statement;
mod typing;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use query::Query;
use query::{all, any, term};
use statement::Search;
pub use typing::{tags_as_typed, titles_as_typed};

use crate::http::Problem;

/// Which articles are searched, all conditions together. The default is: all.
#[derive(Debug, Default)]
pub struct Narrowing<'a> {
    /// In one of these categories: a subtree is named by all that it holds.
    pub categories: Option<&'a [Uuid]>,
    /// With any of these tags.
    pub tags: Option<&'a [Uuid]>,
    /// Of this type.
    pub article_type: Option<&'a str>,
    /// By this author.
    pub author: Option<Uuid>,
    /// Featured, or not.
    pub featured: Option<bool>,
    /// In this language.
    pub locale: Option<&'a str>,
    /// Dated then or later.
    pub published_after: Option<DateTime<Utc>>,
    /// Dated earlier.
    pub published_before: Option<DateTime<Utc>>,
}

impl Narrowing<'_> {
    /// The conditions on terms. The dates are no terms.
    fn condition(&self) -> String {
        let one_of = |prefix: &'static str, ids: Option<&[Uuid]>| {
            ids.map(|ids| any(ids.iter().map(|id| term(prefix, &id.to_string()))))
        };
        let conditions = [
            one_of("c:", self.categories),
            one_of("t:", self.tags),
            self.article_type.map(|code| term("y:", code)),
            self.author.map(|id| term("a:", &id.to_string())),
            self.featured.map(|featured| format!("{}'f:'", if featured { "" } else { "!" })),
            self.locale.map(|locale| term("l:", locale)),
        ];
        let conditions: Vec<String> = conditions.into_iter().flatten().collect();
        if conditions.is_empty() { String::new() } else { all(conditions.into_iter()) }
    }

    /// Whether it names things and there is none of them.
    fn is_nothing(&self) -> bool {
        [self.categories, self.tags].iter().any(|ids| ids.is_some_and(<[Uuid]>::is_empty))
    }
}

/// An article that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The published copy.
    pub publication_id: Uuid,
    /// The article.
    pub article_id: Uuid,
    /// Whether it has the words with the marks that were typed.
    pub exact: bool,
    /// Where it stands in the list: for a cursor.
    pub place: Place,
}

/// A place in the results of one query. It stays the same while articles come and go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Whether the results are those of other spellings.
    guessed: bool,
    /// How well it matches: 1 is best.
    tier: i32,
    /// Among equals the newest is first,
    published_at: DateTime<Utc>,
    /// and then the one with the greatest id.
    article_id: Uuid,
}

/// A page of what was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Whether nothing had the words as they were typed, and these have one of them in another spelling.
    pub guessed: bool,
}

/// Articles with all words of the query, best first, after `after`; where there are none at all, those with one word
/// spelt otherwise. One statement, in that case two.
///
/// # Errors
/// Those of the database.
pub fn page(
    conn: &mut PgConnection,
    query: &Query,
    narrowing: &Narrowing<'_>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Found, Problem> {
    if query.is_empty() || narrowing.is_nothing() {
        return Ok(Found::default());
    }
    if !after.is_some_and(|place| place.guessed) {
        let (tiers, exact) = query.tiers();
        let hits = walk(conn, Some(&query.condition()), &tiers, exact, narrowing, after, limit)?;
        if !hits.is_empty() || after.is_some() {
            return Ok(Found { hits, guessed: false });
        }
    }
    let tiers = query.misspelt_tiers();
    if tiers.is_empty() {
        return Ok(Found::default());
    }
    let hits = walk(conn, None, &tiers, 0, narrowing, after, limit)?;
    Ok(Found { guessed: !hits.is_empty() || after.is_some(), hits })
}

/// How many articles the results have, all pages together; `guessed` is that of the results.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut PgConnection, query: &Query, narrowing: &Narrowing<'_>, guessed: bool) -> Result<i64, Problem> {
    if query.is_empty() || narrowing.is_nothing() {
        return Ok(0);
    }
    let sought = if guessed { any(query.misspelt_tiers().into_iter()) } else { query.condition() };
    let conditions = [sought, narrowing.condition()].into_iter().filter(|condition| !condition.is_empty());
    let count = statement::search_count(all(conditions), narrowing.published_after, narrowing.published_before);
    Ok(diesel::select(count).get_result(conn)?)
}

/// The rows of these tiers, of which the first `exact` are exact. `every` is what all of them meet; there is none for
/// guesses.
fn walk(
    conn: &mut PgConnection,
    every: Option<&str>,
    tiers: &[String],
    exact: usize,
    narrowing: &Narrowing<'_>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Hit>, Problem> {
    let search = Search {
        every,
        tiers,
        narrowed: &narrowing.condition(),
        published_after: narrowing.published_after,
        published_before: narrowing.published_before,
        after_tier: after.map(|place| place.tier),
        after_at: after.map(|place| place.published_at),
        after_id: after.map(|place| place.article_id),
        wanted: limit,
    };
    let rows: Vec<statement::Row> = search.load(conn)?;
    let hit = |(publication_id, article_id, published_at, tier): statement::Row| Hit {
        publication_id,
        article_id,
        exact: usize::try_from(tier).is_ok_and(|tier| tier <= exact),
        place: Place { guessed: every.is_none(), tier, published_at, article_id },
    };
    Ok(rows.into_iter().map(hit).collect())
}
