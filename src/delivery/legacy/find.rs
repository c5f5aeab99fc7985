//! Which article an old number or address means, in at most five statements however much was imported.

use std::collections::BTreeSet;

use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    db::schema::delivery::{articles, categories, legacy_addresses, legacy_items, legacy_lists},
    delivery::{article_key::ArticleKey, store},
    http::{Canonical, Found, Problem, canonical::Addressed, depends::Depends, text},
    text::old_address::{OldAddress, normal},
};

/// An item that may be meant: of this list, or of none that is known, for an editor wrote the number.
type Candidate = (Option<Uuid>, i64);

/// What has a number, and in which list.
type Item = (Option<Uuid>, i64, Uuid);

/// The article with this number: of this list, if one is named.
///
/// # Errors
/// `not_found`; `bad_request` where several lists have it.
pub fn by_number(conn: &mut PgConnection, id: i64, list: Option<Uuid>) -> Result<Uuid, Problem> {
    let items = items(conn, &[id])?;
    the_one(items.into_iter().filter(|(of, ..)| list.is_none() || *of == list).collect())
}

/// The article that was at this address: in this list, if one is named.
///
/// # Errors
/// `not_found`; `bad_request` where several lists had one there.
pub fn by_address(conn: &mut PgConnection, old: &OldAddress, list: Option<Uuid>) -> Result<Uuid, Problem> {
    let wanted = candidates(conn, old)?;
    let mut numbers: Vec<i64> = wanted.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Err(Problem::not_found());
    }
    let found = items(conn, &numbers)?.into_iter();
    let meant = found.filter(|(of, number, _)| wanted.contains(&(*of, *number)));
    the_one(meant.filter(|(of, ..)| list.is_none() || *of == list).collect())
}

/// The items that an address may be of: what is written down first, then what the address says itself, then the patterns.
fn candidates(conn: &mut PgConnection, old: &OldAddress) -> Result<Vec<Candidate>, Problem> {
    let there = legacy_addresses::table.filter(legacy_addresses::address.eq(old.path()));
    let written: Vec<Candidate> =
        there.select((legacy_addresses::list_id.nullable(), legacy_addresses::item_id)).load(conn)?;
    if !written.is_empty() {
        return Ok(written);
    }
    let lists: Vec<(Uuid, Option<String>, Vec<String>)> = legacy_lists::table
        .order(legacy_lists::list_id)
        .select((legacy_lists::list_id, legacy_lists::folder, legacy_lists::patterns))
        .load(conn)?;
    let Some(item) = old.item() else {
        let matched = lists.iter().flat_map(|(list, _, patterns)| {
            patterns.iter().filter_map(|pattern| Some((Some(*list), old.matched_by(pattern)?)))
        });
        return Ok(matched.collect());
    };
    if let Some(list) = old.list() {
        return Ok(vec![(Some(list), item)]);
    }
    let folder = |folder: &Option<String>| folder.as_deref().and_then(normal);
    let within: Vec<Candidate> = lists
        .iter()
        .filter(|(_, of, _)| folder(of).is_some_and(|folder| old.is_in(&folder)))
        .map(|(list, ..)| (Some(*list), item))
        .collect();
    if !within.is_empty() {
        return Ok(within);
    }
    // Of some lists nobody knows where they were, least of all of those whose numbers editors wrote by hand.
    let anywhere = lists.iter().filter(|(_, of, _)| folder(of).is_none()).map(|(list, ..)| (Some(*list), item));
    Ok(anywhere.chain([(None, item)]).collect())
}

/// The items with these numbers, in whichever list.
fn items(conn: &mut PgConnection, numbers: &[i64]) -> Result<Vec<Item>, Problem> {
    let there = legacy_items::table.filter(legacy_items::item_id.eq_any(numbers));
    Ok(there.select((legacy_items::list_id, legacy_items::item_id, legacy_items::article_id)).load(conn)?)
}

/// The one article that is meant. What is known of a list goes before a number that somebody wrote by hand.
fn the_one(items: Vec<Item>) -> Result<Uuid, Problem> {
    let is_listed = items.iter().any(|(list, ..)| list.is_some());
    let items: Vec<Item> = items.into_iter().filter(|(list, ..)| list.is_some() == is_listed).collect();
    let articles: BTreeSet<Uuid> = items.iter().map(|(.., article)| *article).collect();
    match (articles.first(), articles.len()) {
        (None, _) => Err(Problem::not_found()),
        (Some(article), 1) => Ok(*article),
        _ => {
            let lists: BTreeSet<String> = items.iter().filter_map(|(list, ..)| Some((*list)?.to_string())).collect();
            Err(Problem::bad_request(text("several-lists")).with_member("lists", json!(lists)))
        }
    }
}

/// Where people read this article.
///
/// # Errors
/// `not_found`; `gone` where it was taken back with a notice.
pub fn page(conn: &mut PgConnection, canonical: &Canonical, article: Uuid) -> Result<Found, Problem> {
    let filed =
        articles::table.find(article).inner_join(categories::table.on(categories::id.eq(articles::category_id)));
    let names: Option<(String, String)> = filed.select((articles::slug, categories::slug)).first(conn).optional()?;
    let Some((slug, category)) = names else {
        store::find(conn, &ArticleKey::Id(article))?;
        return Err(Problem::not_found());
    };
    let to = canonical.page(Addressed { id: article, slug: &slug, category: &category });
    // Beside what the article is called, on which lists there are, of which nothing is told by itself.
    Ok(Found::Moved { to, depends: Depends::Everything })
}
