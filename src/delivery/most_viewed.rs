//! The articles that are read most.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{Days, NaiveDate};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, RunQueryDsl, dsl::sql, sql_types::BigInt};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answers::Answers,
    articles::Shown,
    cards::{self, Labels},
    model::{Card, CardWith},
    renamed, store,
};
use crate::calendar::day;
use crate::{
    db::{
        pool::{clock, snapshot},
        schema::delivery::{article_categories, view_days, view_totals},
    },
    http::{Found, Problem, Query, Representation, openapi::PublicList, reply::SiteUrl},
};

/// For how long a list is sent on before views are looked at again.
pub const LASTS: Duration = Duration::from_secs(5);

/// Which articles.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MostViewedFilter {
    /// Read when; by default in the last seven days.
    #[serde(default)]
    #[param(inline)]
    period: Period,
    /// How many.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 50, default = 10)]
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: i64,
    /// In this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
}

fn ten() -> i64 {
    10
}

/// A time in which views count: so many days of Asia/Ho_Chi_Minh, today included, or always.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[schema(as = MostViewedPeriod)]
pub enum Period {
    /// Today.
    #[serde(rename = "1d")]
    Day,
    /// Today and the six days before.
    #[default]
    #[serde(rename = "7d")]
    Week,
    /// Today and the twenty-nine days before.
    #[serde(rename = "30d")]
    Month,
    /// Since counting began.
    #[serde(rename = "all")]
    All,
}

impl Period {
    /// Its first day, if it has one.
    fn since(self, today: NaiveDate) -> Option<NaiveDate> {
        let before = match self {
            Self::Day => 0,
            Self::Week => 6,
            Self::Month => 29,
            Self::All => return None,
        };
        today.checked_sub_days(Days::new(before))
    }
}

/// A card, and how often its article was read in the period.
pub type MostViewed = CardWith<Views>;

/// A card, and how often its article was read in the period.
#[derive(Serialize, ToSchema)]
#[schema(as = MostViewed)]
pub struct Views {
    /// Views in the period.
    #[schema(minimum = 1, example = 229)]
    views: i64,
}

/// About the list.
#[derive(Serialize, ToSchema)]
pub struct MostViewedMeta {
    /// The period.
    period: Period,
}

/// The articles that are read most, and how often.
#[derive(Serialize, ToSchema)]
pub struct MostViewedList {
    /// The most viewed first; of two alike, the newer first.
    data: Vec<MostViewed>,
    /// About the list.
    meta: MostViewedMeta,
}

/// The articles that are read most.
///
/// Days are those of Asia/Ho_Chi_Minh; `1d` is today, `7d` today and the six days before, `30d` today and the
/// twenty-nine days before. A view is in it within some seconds.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "list_most_viewed",
    params(MostViewedFilter),
    responses(
        (status = 200, description = "The articles", body = MostViewedList),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the list by that"),
        PublicList,
    ),
)]
#[get("/most-viewed")]
pub async fn list(
    request: HttpRequest,
    answers: Data<Answers>,
    labels: Data<Labels>,
    Query(wanted): Query<MostViewedFilter>,
) -> Result<HttpResponse, Problem> {
    let (site, asked) = (SiteUrl::of(&request), wanted.clone());
    let read = move |conn: &mut PgConnection| {
        let mut data = most_viewed(conn, &labels, &wanted)?;
        if data.is_empty() {
            let by = |slug| MostViewedFilter { category: Some(slug), ..wanted.clone() };
            if let Some(moved) = renamed::category(conn, "/api/v1/most-viewed", wanted.category.as_deref(), by)? {
                return Ok(moved);
            }
        }
        data.iter_mut().for_each(|row| site.complete(&mut row.card));
        let shown = Shown::in_list(data.iter().map(|row| &row.card), []);
        let list = MostViewedList { data, meta: MostViewedMeta { period: wanted.period } };
        // Views announce nothing: what they change is looked at now and then.
        Ok(Found::Content(Representation { lasts: Some(LASTS), ..shown.content(&list)? }))
    };
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}

fn most_viewed(
    conn: &mut PgConnection,
    labels: &Labels,
    wanted: &MostViewedFilter,
) -> Result<Vec<MostViewed>, Problem> {
    let category = wanted.category.as_deref().map(|slug| store::category(conn, slug)).transpose()?;
    if category == Some(None) {
        // A category that nobody made holds nothing.
        return Ok(Vec::new());
    }
    let ranked = ranked(conn, wanted.period, category.flatten(), wanted.limit)?;
    let ids: Vec<Uuid> = ranked.iter().map(|row| row.0).collect();
    let cards = cards::in_order(conn, labels, &ids)?;
    let views = |card: &Card| ranked.iter().find(|row| row.0 == card.id).map_or(0, |row| row.1);
    Ok(cards.into_iter().map(|card| CardWith { more: Views { views: views(&card) }, card }).collect())
}

/// Which articles are read most in a period, and how often. Two statements.
pub fn ranked(
    conn: &mut PgConnection,
    period: Period,
    category: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, i64)>, Problem> {
    let today = day(diesel::select(clock()).get_result(conn)?);
    match period.since(today) {
        Some(first) => since(conn, first, category, limit),
        None => ever(conn, category, limit),
    }
}

/// The articles of a category and those below it.
macro_rules! in_category {
    ($query:expr, $category:expr) => {{
        let mut query = $query;
        if let Some(category) = $category {
            let inside = article_categories::table
                .filter(article_categories::category_id.eq(category))
                .select(article_categories::article_id);
            query = query.filter(views::article_id.eq_any(inside));
        }
        query
    }};
}

fn since(
    conn: &mut PgConnection,
    first: NaiveDate,
    category: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, i64)>, Problem> {
    use view_days as views;
    // The sum of bigints is numeric, which would need a decimal type here; no count comes near the limit.
    let sum = || sql::<BigInt>("sum(views)::bigint");
    let days = views::table
        .filter(views::day.ge(first))
        .group_by(views::article_id)
        .select((views::article_id, sum()))
        .order((sum().desc(), views::article_id.desc()))
        .limit(limit)
        .into_boxed();
    Ok(in_category!(days, category).load(conn)?)
}

fn ever(conn: &mut PgConnection, category: Option<Uuid>, limit: i64) -> Result<Vec<(Uuid, i64)>, Problem> {
    use view_totals as views;
    let totals = views::table
        .filter(views::views.gt(0))
        .select((views::article_id, views::views))
        .order((views::views.desc(), views::article_id.desc()))
        .limit(limit)
        .into_boxed();
    Ok(in_category!(totals, category).load(conn)?)
}
