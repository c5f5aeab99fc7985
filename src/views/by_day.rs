//! How often an article was read, day by day, for those who may read it here.

use std::collections::HashMap;

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use chrono::{Days, NaiveDate};
use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::newsroom::store;
use crate::{
    access::Principal,
    calendar::day,
    db::{
        Newsroom,
        pool::clock,
        schema::{view_days, view_totals},
    },
    http::{FieldError, Item, Problem, Query, openapi::ManageRead, reply, text},
};

/// How many days may be asked for at once.
const MAX_DAYS: i64 = 366;

/// Which days.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DaysFilter {
    /// The first day; by default the twenty-ninth before the last.
    #[schema(format = Date, example = "2026-11-01")]
    #[param(format = Date)]
    from: Option<NaiveDate>,
    /// The last day; by default today.
    #[schema(format = Date, example = "2026-11-24")]
    #[param(format = Date)]
    to: Option<NaiveDate>,
}

impl DaysFilter {
    /// The first and the last day.
    fn days(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), Problem> {
        let refused = |pointer, code, message| {
            let errors = vec![FieldError::new(pointer, code, message)];
            Problem::bad_request(text("invalid-parameters")).with_errors(errors)
        };
        let to = self.to.unwrap_or(today);
        let from = self.from.or(to.checked_sub_days(Days::new(29))).unwrap_or(to);
        match (to - from).num_days() + 1 {
            ..=0 => Err(refused("/from", "after_to", text("from-after-to"))),
            days if days > MAX_DAYS => Err(refused("/from", "too_long", text("too-many-days").with("limit", MAX_DAYS))),
            _ => Ok((from, to)),
        }
    }
}

/// An article's views by day.
#[derive(Serialize, ToSchema)]
pub struct ViewsByDay {
    /// The article.
    article_id: Uuid,
    /// How often it was ever read.
    #[schema(minimum = 0, example = 1204)]
    total: i64,
    /// How often it was read in these days.
    #[schema(minimum = 0, example = 229)]
    views: i64,
    /// Each day from the first to the last, also those without views.
    days: Vec<DayViews>,
}

/// A day's views.
#[derive(Serialize, ToSchema)]
pub struct DayViews {
    /// The day of Asia/Ho_Chi_Minh.
    day: NaiveDate,
    /// How often the article was read on it.
    #[schema(minimum = 0, example = 17)]
    views: i64,
}

/// How often an article was read, day by day.
///
/// Days are those of Asia/Ho_Chi_Minh, at most 366 of them; they are kept for 25 months. A view is in it within some
/// seconds.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_views_by_day",
    params(("id" = Uuid, Path, description = "The article"), DaysFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "The views", body = Item<ViewsByDay>), ManageRead),
)]
#[get("/articles/{id}/views")]
pub async fn by_day(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Query(wanted): Query<DaysFilter>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let views = newsroom
        .read(move |conn| {
            let (from, to) = wanted.days(day(diesel::select(clock()).get_result(conn)?))?;
            store::counted(conn, &who, id)?;
            views_by_day(conn, id, from, to)
        })
        .await?;
    Ok(reply::item(views))
}

fn views_by_day(conn: &mut PgConnection, id: Uuid, from: NaiveDate, to: NaiveDate) -> Result<ViewsByDay, Problem> {
    let total: Option<i64> = view_totals::table.find(id).select(view_totals::views).first(conn).optional()?;
    let counted: HashMap<NaiveDate, i64> = view_days::table
        .filter(view_days::article_id.eq(id))
        .filter(view_days::day.between(from, to))
        .select((view_days::day, view_days::views))
        .load(conn)?
        .into_iter()
        .collect();
    let days: Vec<DayViews> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .map(|day| DayViews { day, views: counted.get(&day).copied().unwrap_or(0) })
        .collect();
    Ok(ViewsByDay { article_id: id, total: total.unwrap_or(0), views: days.iter().map(|day| day.views).sum(), days })
}
