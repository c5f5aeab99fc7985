//! How many articles there are of each year and month.

use std::cmp::Reverse;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, TimeZone, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{answers::Answers, counts, renamed, store};
use crate::{
    calendar,
    db::pool::snapshot,
    http::{All, Found, Problem, Query, Representation, openapi::PublicList},
};

/// How many articles are dated in a year.
#[derive(Serialize, ToSchema)]
pub struct ArchiveYear {
    /// The year.
    #[schema(example = 2020)]
    year: i32,
    /// Articles of the year.
    #[schema(minimum = 1, example = 340)]
    article_count: i64,
    /// Its months that have articles, latest first.
    months: Vec<ArchiveMonth>,
}

/// How many articles are dated in a month.
#[derive(Serialize, ToSchema)]
pub struct ArchiveMonth {
    /// The month, from 1.
    #[schema(minimum = 1, maximum = 12, example = 4)]
    month: u32,
    /// Its first moment: what `published_after` takes.
    from: DateTime<Utc>,
    /// The first moment of the next month: what `published_before` takes.
    until: DateTime<Utc>,
    /// Articles of the month.
    #[schema(minimum = 1, example = 31)]
    article_count: i64,
}

/// Whose archive.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Archived {
    /// Of this category or below, by slug; without it, of all.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
}

/// The first moment of a month in Vietnam, or of a later one than December.
fn begins(year: i32, month: u32) -> Option<DateTime<Utc>> {
    let (year, month) = if month > 12 { (year + 1, month - 12) } else { (year, month) };
    let begins = calendar::zone().with_ymd_and_hms(year, month, 1, 0, 0, 0).single()?;
    Some(begins.to_utc())
}

/// The month of this name, which is `2026-11`, with its year.
fn month(name: &str, article_count: i64) -> Option<(i32, ArchiveMonth)> {
    let (year, month) = name.split_once('-')?;
    let (year, month): (i32, u32) = (year.parse().ok()?, month.parse().ok()?);
    let (from, until) = (begins(year, month)?, begins(year, month + 1)?);
    Some((year, ArchiveMonth { month, from, until, article_count }))
}

/// How many public articles are dated in each year and month of Vietnam's time, latest first.
///
/// Numbers may be five seconds behind what is published.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "get_archive",
    params(Archived),
    responses(
        (status = 200, description = "The years that have articles", body = All<ArchiveYear>),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the archive by that"),
        PublicList,
    ),
)]
#[get("/archive")]
pub async fn archive(
    request: HttpRequest,
    answers: Data<Answers>,
    Query(archived): Query<Archived>,
) -> Result<HttpResponse, Problem> {
    let asked = archived.clone();
    let read = move |conn: &mut PgConnection| {
        let facet = match &archived.category {
            None => Some("month".to_owned()),
            Some(slug) => store::category(conn, slug)?.map(counts::months_of),
        };
        let counted = facet.map(|facet| counts::by(conn, &facet)).transpose()?.unwrap_or_default();
        if counted.is_empty() {
            let by = |slug| Archived { category: Some(slug) };
            if let Some(moved) = renamed::category(conn, "/api/v1/archive", archived.category.as_deref(), by)? {
                return Ok(moved);
            }
        }
        let mut months: Vec<_> = counted.iter().filter_map(|(name, articles)| month(name, *articles)).collect();
        months.sort_unstable_by_key(|(_, month)| Reverse(month.from));
        let mut years: Vec<ArchiveYear> = Vec::new();
        for (year, month) in months {
            match years.last_mut() {
                Some(last) if last.year == year => {
                    last.article_count += month.article_count;
                    last.months.push(month);
                }
                _ => years.push(ArchiveYear { year, article_count: month.article_count, months: vec![month] }),
            }
        }
        Ok(Found::Content(Representation::of_counts(&All { data: years }, ["articles".to_owned()])?))
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}
