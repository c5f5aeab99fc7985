//! What the kept numbers of articles say of a list: how many it holds, and which of its conditions holds fewest.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};

use super::{
    filter::{Counted, Filter},
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
    if tags.as_ref().is_some_and(|tags| tags.len() > 1) || *featured == Some(false) {
        return None;
    }
    let mut ranges = filter.ranges().into_iter();
    match (ranges.next(), ranges.next()) {
        (None, _) => Some(("all", String::new())),
        (Some((_, facet, value)), None) => Some((facet, value)),
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
    let values = ranges.iter().map(|(_, _, value)| value);
    let numbers: Vec<(String, String, i64)> = counts::table
        .filter(counts::facet.eq_any(facets).and(counts::value.eq_any(values)))
        .select((counts::facet, counts::value, counts::articles))
        .load(conn)?;
    let articles = |(_, facet, value): &Counted| {
        numbers.iter().find(|(of, which, _)| of == facet && which == value).map_or(0, |(.., articles)| *articles)
    };
    let narrowest = ranges.iter().map(|counted| (articles(counted), counted.0)).min_by_key(|(articles, _)| *articles);
    Ok(match narrowest {
        Some((_, range)) if in_order => Way { range: Some(range), gathered: false },
        Some((articles, range)) if articles <= GATHERED => Way { range: Some(range), gathered: true },
        _ => Way::default(),
    })
}
