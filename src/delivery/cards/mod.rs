//! Cards, read: a page is one statement over a view whose order is that of an index. What stands in the rows was written at
//! publication (`crate::card`); what its parts are called comes from memory ([`labels`]).

mod filter;
mod labels;
mod numbers;
mod statement;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

pub use filter::Filter;
use filter::Range;
pub use labels::Labels;
pub use statement::{ListPlace, Order, Page};
use statement::{Named, Number, Row, Rows, Whole, Wholes, WithBodies, Written};

use super::{article_key::ArticleKey, files::Files, model::Card};
use crate::{
    card::{RULES, Says, Source, written},
    db::schema::delivery::{article_tags, articles},
    http::{OrNotFound, Problem},
};

/// The cards of a page, in one statement, or two where several ranges may be walked; none where memory lacks what it takes to name them, or where names are in
/// another state than the one in which the page was asked for, if it was.
pub fn at_once(
    conn: &mut PgConnection,
    labels: &Labels,
    page: Page<'_>,
    state: Option<i64>,
) -> Result<Option<Vec<Card>>, Problem> {
    let rows = rows(conn, page)?;
    // No row, no word of the state.
    if state.is_some_and(|state| rows.first().is_none_or(|row| row.named != state)) {
        return Ok(None);
    }
    Ok(labels.known(rows)?.ok())
}

/// The cards of a page. Up to six statements where memory lacks what it takes, over one snapshot.
pub fn page(conn: &mut PgConnection, labels: &Labels, page: Page<'_>) -> Result<Vec<Card>, Problem> {
    let rows = rows(conn, page)?;
    cards(conn, labels, rows)
}

/// The rows of a page: one statement, and one before it where there is a choice of what to walk.
fn rows(conn: &mut PgConnection, page: Page<'_>) -> Result<Vec<Row>, Problem> {
    let way = numbers::way(conn, page.filter, page.order)?;
    Ok(Rows { page, way }.load(conn)?)
}

/// How many articles there are of these: a number that is kept, else counted one by one. Three statements at most.
pub fn count(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Problem> {
    if let Some(kept) = numbers::kept(conn, filter)? {
        return Ok(kept);
    }
    // One that bears two of several tags counts once.
    let walked = numbers::way(conn, filter, Order::Newest)?.range.filter(|range| *range != Range::Tags);
    Ok(Number { filter, walked }.get_result(conn)?)
}

/// The cards of those of these articles that are public, as [`page`] has them.
pub fn named(conn: &mut PgConnection, labels: &Labels, ids: &[Uuid]) -> Result<HashMap<Uuid, Card>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = Named(ids).load(conn)?;
    Ok(cards(conn, labels, rows)?.into_iter().map(|card| (card.id, card)).collect())
}

/// The same with the bodies of those that have one.
pub fn with_bodies(
    conn: &mut PgConnection,
    labels: &Labels,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (Card, Option<String>)>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Row, Option<String>)> = WithBodies(ids).load(conn)?;
    let (rows, bodies): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let cards = cards(conn, labels, rows)?;
    Ok(cards.into_iter().zip(bodies).map(|(card, body)| (card.id, (card, body))).collect())
}

/// An article as it is found: its copy, its card, and the rest of it as it is stored, in JSON.
pub struct Found {
    /// The copy.
    pub copy: Uuid,
    /// The card, as [`page`] has it.
    pub card: Card,
    /// The rest.
    pub rest: String,
}

/// The public article of this name.
///
/// # Errors
/// `not_found`.
pub fn whole(conn: &mut PgConnection, labels: &Labels, key: &ArticleKey) -> Result<Found, Problem> {
    let found: (Row, String) = Whole(key).get_result(conn).or_not_found()?;
    whole_of(conn, labels, vec![found])?.pop().ok_or_else(Problem::not_found)
}

/// Those of these articles that are public, in no order.
pub fn wholes(conn: &mut PgConnection, labels: &Labels, ids: &[Uuid]) -> Result<Vec<Found>, Problem> {
    let found = Wholes(ids).load(conn)?;
    whole_of(conn, labels, found)
}

fn whole_of(conn: &mut PgConnection, labels: &Labels, found: Vec<(Row, String)>) -> Result<Vec<Found>, Problem> {
    let (rows, rests): (Vec<Row>, Vec<String>) = found.into_iter().unzip();
    let copies: Vec<Uuid> = rows.iter().map(|row| row.publication_id).collect();
    let cards = cards(conn, labels, rows)?;
    let parts = copies.into_iter().zip(cards).zip(rests);
    Ok(parts.map(|((copy, card), rest)| Found { copy, card, rest }).collect())
}

/// The cards of these articles in the order of their ids; those that are not public are left out.
pub fn in_order(conn: &mut PgConnection, labels: &Labels, ids: &[Uuid]) -> Result<Vec<Card>, Problem> {
    let mut cards = named(conn, labels, ids)?;
    Ok(ids.iter().filter_map(|id| cards.remove(id)).collect())
}

fn cards(conn: &mut PgConnection, labels: &Labels, rows: Vec<Row>) -> Result<Vec<Card>, Problem> {
    let mut rows = match labels.known(rows)? {
        Ok(cards) => return Ok(cards),
        Err(rows) => rows,
    };
    write_stale(conn, &mut rows)?;
    match labels.known(rows)? {
        Ok(cards) => Ok(cards),
        Err(rows) => labels.learn(conn, rows),
    }
}

/// Writes the cards that the database has by other rules, or not at all: those of a version of this service that runs
/// beside this one, or ran before it, until a job is done with them. Three statements, if there are any.
fn write_stale(conn: &mut PgConnection, rows: &mut [Row]) -> Result<(), Problem> {
    let stale: Vec<&mut Row> = rows.iter_mut().filter(|row| row.shown_rules != RULES).collect();
    let copies: Vec<Uuid> = stale.iter().map(|row| row.publication_id).collect();
    if copies.is_empty() {
        return Ok(());
    }
    let found: Vec<(Uuid, String, DateTime<Utc>, Value)> = articles::table
        .filter(articles::publication_id.eq_any(&copies))
        .select((articles::publication_id, articles::slug, articles::first_published_at, articles::card))
        .load(conn)?;
    let mut sources = HashMap::new();
    for (copy, slug, first_published_at, card) in found {
        let says: Says = serde_json::from_value(card).map_err(Problem::internal)?;
        sources.insert(copy, (slug, first_published_at, says));
    }
    let tags: Vec<(Uuid, Uuid)> = article_tags::table
        .filter(article_tags::publication_id.eq_any(&copies))
        .order((article_tags::publication_id, article_tags::position))
        .select((article_tags::publication_id, article_tags::tag_id))
        .load(conn)?;
    let pictures: BTreeSet<Uuid> = sources.values().flat_map(|(_, _, says)| says.pictures()).collect();
    let mut files = Files::load(conn, &copies, &Vec::from_iter(pictures))?;
    for row in stale {
        let copy = row.publication_id;
        let (slug, first_published_at, says) = sources.remove(&copy).ok_or_else(Problem::not_found)?;
        let source = Source {
            article: row.article_id,
            slug,
            published_at: row.published_at,
            first_published_at,
            last_published_at: row.last_published_at,
            expires_at: row.expires_at,
            says,
        };
        row.shown = Some(Written(written(source, &files.take(copy))?.into_bytes()));
        row.shown_rules = RULES;
        row.tags = Some(tags.iter().filter(|(of, _)| *of == copy).map(|(_, tag)| *tag).collect());
    }
    Ok(())
}
