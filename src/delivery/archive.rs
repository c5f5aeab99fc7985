//! How many articles there are of each year and month.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::Answers;
use crate::http::{All, Found, Problem, Query, Representation, openapi::PublicList};

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
    month: i32,
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

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = sql_types::Integer)]
    year: i32,
    #[diesel(sql_type = sql_types::Integer)]
    month: i32,
    #[diesel(sql_type = sql_types::Timestamptz)]
    begins: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    ends: DateTime<Utc>,
    #[diesel(sql_type = sql_types::BigInt)]
    article_count: i64,
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
        PublicList,
    ),
)]
#[get("/archive")]
pub async fn archive(
    request: HttpRequest,
    answers: Data<Answers>,
    Query(archived): Query<Archived>,
) -> Result<HttpResponse, Problem> {
    const MONTHS: &str = "
        SELECT extract(year FROM month)::int AS year, extract(month FROM month)::int AS month,
               month AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begins,
               (month + interval '1 month') AT TIME ZONE 'Asia/Ho_Chi_Minh' AS ends, article_count
          FROM (SELECT date_trunc('month', published_at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS month,
                       count(*) AS article_count
                  FROM delivery.articles a
                 WHERE $1 IS NULL
                    OR publication_id IN (SELECT p.publication_id FROM delivery.article_categories p
                                            JOIN delivery.categories c ON c.id = p.category_id WHERE c.slug = $1)
                 GROUP BY 1) months
         ORDER BY months.month DESC";
    let asked = archived.clone();
    let read = move |conn: &mut PgConnection| {
        let rows: Vec<MonthRow> = sql_query(MONTHS)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(archived.category.as_deref())
            .load(conn)?;
        let mut years: Vec<ArchiveYear> = Vec::new();
        for MonthRow { year, month, begins, ends, article_count } in rows {
            let month = ArchiveMonth { month, from: begins, until: ends, article_count };
            match years.last_mut() {
                Some(last) if last.year == year => {
                    last.article_count += article_count;
                    last.months.push(month);
                }
                _ => years.push(ArchiveYear { year, article_count, months: vec![month] }),
            }
        }
        Ok(Found::Content(Representation::of_counts(&All { data: years }, ["articles".to_owned()])?))
    };
    answers.answer(&request, &asked, read).await
}
