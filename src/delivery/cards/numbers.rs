//! What the kept numbers of articles say of a list: how many it holds, and which of its conditions holds fewest.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};

use super::{
    filter::{Counted, Filter, Range},
    statement::{Order, Way},
};
use crate::{db::schema::delivery::counts, http::Problem};

/// How many articles there are of these, if that is a number that is kept: of all, or by one condition alone.
pub fn kept(conn: &mut PgConnection, filter: &Filter) -> Result<Option<i64>, Problem> {
    let Some((facet, value)) = number(filter) else { return Ok(None) };
    let articles = counts::table
        .filter(counts::facet.eq(facet).and(counts::value.eq(value)))
        .select(counts::articles)
        .first(conn)
        .optional()?;
    Ok(Some(articles.unwrap_or(0)))
}

fn number(filter: &Filter) -> Option<(&'static str, String)> {
    let Filter { published_after: None, published_before: None, tags, featured, .. } = filter else {
        return None;
    };
    // An article that bears two of several tags would be counted twice.
    if tags.as_ref().is_some_and(|tags| tags.len() > 1) || *featured == Some(false) {
        return None;
    }
    match &filter.ranges()[..] {
        [] => Some(("all", String::new())),
        [(_, facet, values)] => Some((facet, values.first()?.clone())),
        _ => None,
    }
}

/// A range of no more articles than these is read whole where no index has it in the order that is asked for. It takes some
/// milliseconds, as does looking for a page of one as large among a million others.
const GATHERED: i64 = 4000;

/// How to read a list: where several conditions have a range of their own, by the one of fewest articles. One statement,
/// where there is a choice.
pub(super) fn way(conn: &mut PgConnection, filter: &Filter, order: Order) -> Result<Way, Problem> {
    let ranges = filter.ranges();
    let in_order = order != Order::LastPublished;
    match &ranges[..] {
        [] => return Ok(Way::default()),
        [(range, ..)] if in_order => return Ok(Way { range: Some(*range), gathered: false }),
        _ => {}
    }
    let facets = ranges.iter().map(|(_, facet, _)| *facet);
    let values = ranges.iter().flat_map(|(.., values)| values);
    let numbers: Vec<(String, String, i64)> = counts::table
        .filter(counts::facet.eq_any(facets).and(counts::value.eq_any(values)))
        .select((counts::facet, counts::value, counts::articles))
        .load(conn)?;
    let articles = |(_, facet, values): &Counted| -> i64 {
        numbers
            .iter()
            .filter(|(of, which, _)| of == facet && values.contains(which))
            .map(|(.., articles)| articles)
            .sum()
    };
    let narrowest = ranges.iter().map(|counted| (articles(counted), counted.0)).min_by_key(|(articles, _)| *articles);
    Ok(match narrowest {
        Some((_, range)) if in_order => Way { range: Some(range), gathered: false },
        Some((articles, range)) if articles <= GATHERED => {
            // What several tags bear is found by the planner, if it need not be in order.
            Way { range: Some(range).filter(|range| *range != Range::Tags), gathered: true }
        }
        _ => Way::default(),
    })
}
