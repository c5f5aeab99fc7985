//! Search over what is published.
//!
//! [`Query`] is what was typed, [`cards()`] finds, [`highlight`] shows where, [`spelling`] looks for what was meant where
//! nothing was found. What articles are found by is said in [`terms`], and kept in an [`index`] beside the database;
//! docs/decisions/0010-search.md and 0023-search-beside-the-database.md say why it is so.

mod condition;
pub mod highlight;
pub mod index;
mod query;
pub mod spelling;
mod statement;
mod terms;
mod typing;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use condition::{Condition, all, and_not, any, term};
pub use index::{SearchIndex, View};
pub use query::Query;
pub use typing::{tags_as_typed, titles_as_typed};

use super::{
    cards::{self, Filter, Labels, ListPlace, Order},
    model::{Card, Found},
    store,
};
use crate::http::{Problem, paging};

/// A filter as conditions on terms; its dates are no terms.
#[derive(Default)]
pub struct Narrowing {
    terms: Vec<Condition>,
    published_after: Option<DateTime<Utc>>,
    published_before: Option<DateTime<Utc>>,
}

impl Narrowing {
    /// One statement where the filter names a category, for a subtree is named by all that it holds.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of(conn: &mut PgConnection, filter: &Filter) -> Result<Self, Problem> {
        let one_of = |prefix: &'static str, ids: &[Uuid]| any(ids.iter().map(|id| term(prefix, &id.to_string())));
        let categories = filter.category.map(|category| store::subtree(conn, category)).transpose()?;
        let featured = |featured: bool| if featured { term("f:", "") } else { and_not(all([]), &[term("f:", "")]) };
        let conditions = [
            categories.as_deref().map(|ids| one_of("c:", ids)),
            filter.tags.as_deref().map(|ids| one_of("t:", ids)),
            filter.article_type.as_deref().map(|code| term("y:", code)),
            filter.author.map(|id| term("a:", &id.to_string())),
            filter.featured.map(featured),
            filter.locale.as_deref().map(|locale| term("l:", locale)),
        ];
        let Filter { published_after, published_before, .. } = *filter;
        Ok(Self { terms: conditions.into_iter().flatten().collect(), published_after, published_before })
    }

    fn narrowed(&self, condition: Condition) -> Condition {
        all([condition].into_iter().chain(self.terms.iter().cloned()))
    }

    /// A page of what meets the condition.
    fn page(&self, order: Order, after: Option<ListPlace>, limit: usize) -> index::Page {
        index::Page { order, after, since: self.published_after, before: self.published_before, limit }
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
    pub cards: Vec<Card>,
    /// Where the next page goes on, if there is one.
    pub next: Option<ResultPlace>,
    /// Whether nothing had the words as they were typed, and these have one of them in another spelling.
    pub guessed: bool,
}

/// Cards of articles with all words of the query, best first, after `after`, with what was found marked; where there
/// are none at all, of those with one word spelt otherwise.
///
/// # Errors
/// `internal` where the index cannot be read; those of the database.
pub fn cards(
    conn: &mut PgConnection,
    view: &View,
    labels: &Labels,
    query: &Query,
    narrowing: &Narrowing,
    after: Option<&ResultPlace>,
    limit: i64,
) -> Result<Results, Problem> {
    let (mut hits, guessed) = find(view, query, narrowing, after, rows(limit)? + 1)?;
    let next = paging::cut(&mut hits, limit, |last| last.place.clone());
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.article_id).collect();
    let mut cards = cards::with_bodies(conn, labels, &ids)?;
    let mut found = Vec::with_capacity(hits.len());
    for hit in hits {
        let Some((card, body)) = cards.remove(&hit.article_id) else { continue };
        let says: Says = card.read()?;
        let texts = highlight::Texts {
            kicker: says.kicker.as_deref(),
            title: &says.title,
            summary: says.summary.as_deref(),
            body: body.as_deref(),
        };
        let highlight = Some(highlight::of(query, guessed, texts));
        found.push(card.with(&Found { highlight })?);
    }
    Ok(Results { cards: found, next, guessed })
}

/// What is marked in a card.
#[derive(Deserialize)]
struct Says {
    kicker: Option<String>,
    title: String,
    summary: Option<String>,
}

fn find(
    view: &View,
    query: &Query,
    narrowing: &Narrowing,
    after: Option<&ResultPlace>,
    limit: usize,
) -> Result<(Vec<Hit>, bool), Problem> {
    if query.is_empty() {
        return Ok((Vec::new(), false));
    }
    if !after.is_some_and(|place| place.guessed) {
        let hits = walk(view, query.tiers(), narrowing, false, after, limit)?;
        if !hits.is_empty() || after.is_some() {
            return Ok((hits, false));
        }
    }
    Ok((walk(view, query.misspelt_tiers(), narrowing, true, after, limit)?, true))
}

/// How many articles the results have, all pages together; `guessed` is that of the results.
///
/// # Errors
/// `internal` where the index cannot be read.
pub fn count(view: &View, query: &Query, narrowing: &Narrowing, guessed: bool) -> Result<i64, Problem> {
    if query.is_empty() {
        return Ok(0);
    }
    let sought = if guessed { any(query.misspelt_tiers()) } else { query.condition() };
    let (found, _) = view.find(&narrowing.narrowed(sought), &narrowing.page(Order::Newest, None, 0))?;
    i64::try_from(found).map_err(Problem::internal)
}

/// Articles with all words of the query, in an order of their dates.
pub struct Ordered {
    /// Those of the page.
    pub ids: Vec<Uuid>,
    /// Where the next page goes on, if there is one.
    pub next: Option<ListPlace>,
    /// How many there are, all pages together.
    pub count: i64,
}

/// A page of them.
///
/// # Errors
/// `internal` where the index cannot be read.
pub fn in_order(
    view: &View,
    query: &Query,
    narrowing: &Narrowing,
    order: Order,
    after: Option<ListPlace>,
    limit: i64,
) -> Result<Ordered, Problem> {
    if query.is_empty() {
        return Ok(Ordered { ids: Vec::new(), next: None, count: 0 });
    }
    let page = narrowing.page(order, after, rows(limit)? + 1);
    let (found, mut places) = view.find(&narrowing.narrowed(query.condition()), &page)?;
    let next = paging::cut(&mut places, limit, |place| *place);
    let count = i64::try_from(found).map_err(Problem::internal)?;
    Ok(Ordered { ids: places.into_iter().map(|(_, id)| id).collect(), next, count })
}

/// A number of rows as memory counts them.
fn rows(limit: i64) -> Result<usize, Problem> {
    usize::try_from(limit).map_err(Problem::internal)
}

/// The articles of these tiers, best first, until there are enough.
fn walk(
    view: &View,
    tiers: Vec<Condition>,
    narrowing: &Narrowing,
    guessed: bool,
    after: Option<&ResultPlace>,
    limit: usize,
) -> Result<Vec<Hit>, Problem> {
    let mut hits = Vec::new();
    for (tier, condition) in (1..).zip(tiers) {
        let place = match after {
            Some(after) if tier < after.tier => continue,
            Some(after) if tier == after.tier => Some((after.published_at, after.article_id)),
            _ => None,
        };
        let page = narrowing.page(Order::Newest, place, limit - hits.len());
        let (_, places) = view.find(&narrowing.narrowed(condition), &page)?;
        hits.extend(places.into_iter().map(|(published_at, article_id)| Hit {
            article_id,
            place: ResultPlace { guessed, tier, published_at, article_id },
        }));
        if hits.len() >= limit {
            break;
        }
    }
    Ok(hits)
}
