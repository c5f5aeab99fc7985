//! Search over what is published.
//!
//! [`Query`] is what was typed, [`cards()`] finds, [`highlight`] shows where, [`spelling`] looks for what was meant where
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

use super::{
    cards::{self, Filter, Labels},
    model::{Card, Found},
    store,
};
use crate::http::Problem;

/// A filter as conditions on terms; its dates are no terms.
#[derive(Default)]
struct Narrowing {
    terms: String,
    published_after: Option<DateTime<Utc>>,
    published_before: Option<DateTime<Utc>>,
}

impl Narrowing {
    /// One statement where the filter names a category, for a subtree is named by all that it holds.
    fn of(conn: &mut PgConnection, filter: &Filter) -> Result<Self, Problem> {
        let one_of = |prefix: &'static str, ids: &[Uuid]| any(ids.iter().map(|id| term(prefix, &id.to_string())));
        let categories = filter.category.map(|category| store::subtree(conn, category)).transpose()?;
        let conditions = [
            categories.as_deref().map(|ids| one_of("c:", ids)),
            filter.tags.as_deref().map(|ids| one_of("t:", ids)),
            filter.article_type.as_deref().map(|code| term("y:", code)),
            filter.author.map(|id| term("a:", &id.to_string())),
            filter.featured.map(|featured| format!("{}'f:'", if featured { "" } else { "!" })),
            filter.locale.as_deref().map(|locale| term("l:", locale)),
        ];
        let conditions: Vec<String> = conditions.into_iter().flatten().collect();
        let terms = if conditions.is_empty() { String::new() } else { all(conditions.into_iter()) };
        let Filter { published_after, published_before, .. } = *filter;
        Ok(Self { terms, published_after, published_before })
    }
}

/// An article that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The article.
    pub article_id: Uuid,
    /// Where it stands in the list: for a cursor.
    pub place: ResultPlace,
}

/// A place in the results of one query. It stays the same while articles come and go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResultPlace {
    /// Whether the results are those of other spellings.
    guessed: bool,
    /// How well it matches: 1 is best.
    tier: i32,
    /// Among equals the newest is first,
    published_at: DateTime<Utc>,
    /// and then the one with the greatest id.
    article_id: Uuid,
}

/// A page of results.
#[derive(Default)]
pub struct Results {
    /// Best first.
    pub rows: Vec<(Card, ResultPlace)>,
    /// Whether nothing had the words as they were typed, and these have one of them in another spelling.
    pub guessed: bool,
}

/// Cards of articles with all words of the query, best first, after `after`, with what was found marked; where there
/// are none at all, of those with one word spelt otherwise. At most five statements.
pub fn cards(
    conn: &mut PgConnection,
    labels: &Labels,
    query: &Query,
    filter: &Filter,
    after: Option<&ResultPlace>,
    limit: i64,
) -> Result<Results, Problem> {
    let (hits, guessed) = find(conn, query, filter, after, limit)?;
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.article_id).collect();
    let mut cards = cards::named(conn, labels, &ids)?;
    let mut bodies = store::bodies(conn, &ids)?;
    let mut rows = Vec::with_capacity(hits.len());
    for hit in hits {
        let Some(card) = cards.remove(&hit.article_id) else { continue };
        let (says, body): (Says, _) = (card.read()?, bodies.remove(&hit.article_id));
        let texts = highlight::Texts {
            kicker: says.kicker.as_deref(),
            title: &says.title,
            summary: says.summary.as_deref(),
            body: body.as_deref(),
        };
        let highlight = Some(highlight::of(query, guessed, texts));
        rows.push((card.with(&Found { highlight })?, hit.place));
    }
    Ok(Results { rows, guessed })
}

/// What is marked in a card.
#[derive(Deserialize)]
struct Says {
    kicker: Option<String>,
    title: String,
    summary: Option<String>,
}

fn find(
    conn: &mut PgConnection,
    query: &Query,
    filter: &Filter,
    after: Option<&ResultPlace>,
    limit: i64,
) -> Result<(Vec<Hit>, bool), Problem> {
    if query.is_empty() {
        return Ok((Vec::new(), false));
    }
    let narrowing = Narrowing::of(conn, filter)?;
    if !after.is_some_and(|place| place.guessed) {
        let hits = walk(conn, Some(&query.condition()), &query.tiers(), &narrowing, after, limit)?;
        if !hits.is_empty() || after.is_some() {
            return Ok((hits, false));
        }
    }
    let tiers = query.misspelt_tiers();
    if tiers.is_empty() {
        return Ok((Vec::new(), false));
    }
    let hits = walk(conn, None, &tiers, &narrowing, after, limit)?;
    Ok((hits, true))
}

/// How many articles the results have, all pages together; `guessed` is that of the results.
pub fn count(conn: &mut PgConnection, query: &Query, filter: &Filter, guessed: bool) -> Result<i64, Problem> {
    if query.is_empty() {
        return Ok(0);
    }
    let sought = if guessed { query.misspelt_tiers() } else { vec![query.condition()] };
    if sought.is_empty() {
        return Ok(0);
    }
    let narrowing = Narrowing::of(conn, filter)?;
    let conditions = [any(sought.into_iter()), narrowing.terms].into_iter().filter(|condition| !condition.is_empty());
    let count = statement::search_count(all(conditions), narrowing.published_after, narrowing.published_before);
    Ok(diesel::select(count).get_result(conn)?)
}

/// The rows of these tiers. `every` is what all of them meet; there is none for guesses.
fn walk(
    conn: &mut PgConnection,
    every: Option<&str>,
    tiers: &[String],
    narrowing: &Narrowing,
    after: Option<&ResultPlace>,
    limit: i64,
) -> Result<Vec<Hit>, Problem> {
    let search = Search {
        every,
        tiers,
        narrowed: &narrowing.terms,
        published_after: narrowing.published_after,
        published_before: narrowing.published_before,
        after_tier: after.map(|place| place.tier),
        after_at: after.map(|place| place.published_at),
        after_id: after.map(|place| place.article_id),
        wanted: limit,
    };
    let rows: Vec<statement::Row> = search.load(conn)?;
    let hit = |(article_id, published_at, tier): statement::Row| Hit {
        article_id,
        place: ResultPlace { guessed: every.is_none(), tier, published_at, article_id },
    };
    Ok(rows.into_iter().map(hit).collect())
}
