//! The royalty report: what was earned, by author, month, category or article, with sums that are exact however large.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, block},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Schema,
        schema::{ObjectBuilder, Type},
    },
};

use super::period::Period;
use crate::{
    access::{Permission, Principal, Readable},
    calendar::local,
    db::{Newsroom, pool::clock},
    http::{
        Problem, Query,
        context::language,
        openapi::ManageList,
        table::{Cell, File, Format, Table},
        text,
    },
};

/// No report has more rows.
const MAX_ROWS: usize = 50_000;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportFilter {
    /// What is added up.
    #[serde(default)]
    #[param(inline)]
    group_by: GroupBy,
    /// First public on this day of Asia/Ho_Chi_Minh or later.
    #[schema(format = Date, example = "2026-11-01")]
    #[param(format = Date)]
    from: Option<NaiveDate>,
    /// First public on this day or earlier.
    #[schema(format = Date, example = "2026-11-30")]
    #[param(format = Date)]
    to: Option<NaiveDate>,
    /// Also articles that were never public. They have no month, and no period leaves them out.
    #[serde(default)]
    #[schema(default = false)]
    #[param(default = false)]
    unpublished: bool,
    /// The form of the answer; by `Accept` where left out.
    #[param(inline)]
    format: Option<Format>,
}

/// What royalties are added up by.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum GroupBy {
    /// By who signed.
    #[default]
    Author,
    /// By the month of Asia/Ho_Chi_Minh in which the article first became public.
    Month,
    /// By where the article is filed, without what is below.
    Category,
    /// Not at all: each article by itself.
    Article,
}

/// What was earned together, in one currency.
#[derive(Serialize, ToSchema)]
pub struct RoyaltyRow {
    /// The id of the author, the category or the article; the month, as `2026-11`. Null for articles without.
    key: Option<String>,
    /// What it is called.
    #[schema(example = "Văn phòng UBND tỉnh")]
    name: Option<String>,
    /// When an article first became public; only by article.
    first_published_at: Option<DateTime<Utc>>,
    /// How many articles.
    #[schema(minimum = 0)]
    articles: i64,
    /// What they earned, in the currency's smallest unit. It may be beyond 64 bits.
    #[schema(schema_with = exact)]
    amount: i128,
    /// ISO 4217.
    #[schema(example = "VND")]
    currency: String,
}

/// The whole of it, in one currency.
#[derive(Serialize, ToSchema)]
pub struct RoyaltyTotal {
    /// ISO 4217.
    #[schema(example = "VND")]
    currency: String,
    /// How many articles.
    #[schema(minimum = 0)]
    articles: i64,
    /// What they earned, in the currency's smallest unit.
    #[schema(schema_with = exact)]
    amount: i128,
}

/// Royalties added up.
#[derive(Serialize, ToSchema)]
pub struct RoyaltyReport {
    /// By name; months and articles from the first to the last.
    data: Vec<RoyaltyRow>,
    /// About all of them.
    meta: RoyaltyTotals,
}

/// About a report.
#[derive(Serialize, ToSchema)]
pub struct RoyaltyTotals {
    /// The sum in each currency.
    totals: Vec<RoyaltyTotal>,
}

/// A whole number, however large.
fn exact() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description(Some("In the currency's smallest unit. It may be beyond 64 bits."))
        .into()
}

/// Royalties added up by author, month, category or article, as JSON, CSV or for Excel.
///
/// Articles that were ever public, by the day on which they first were; those in the trash are left out. Only whoever may
/// see royalties, and where they may.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_royalties",
    params(ReportFilter),
    security(("sign_in" = [])),
    responses(
        (
            status = 200,
            description = "The report",
            content(
                (RoyaltyReport = "application/json"),
                (inline(File) = "text/csv"),
                (inline(File) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ),
        ),
        ManageList,
    ),
)]
#[get("/royalties")]
pub async fn royalties(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    Query(filter): Query<ReportFilter>,
) -> Result<HttpResponse, Problem> {
    let format = Format::of(&request, filter.format)?;
    let refused = |error| Problem::bad_request(text("invalid-parameters")).with_errors(vec![error]);
    let period = Period::of(filter.from, filter.to).map_err(refused)?;
    let seen = who.reached(Permission::Royalties)?;
    let by = filter.group_by;
    let rows = newsroom.read(move |conn| rows(conn, by, period, filter.unpublished, &seen)).await?;
    let whole = RoyaltyReport { meta: RoyaltyTotals { totals: totals(&rows) }, data: rows };
    if format == Format::Json {
        return Ok(HttpResponse::Ok().json(whole));
    }
    let table = table(by, whole);
    let bytes = block(move || table.bytes(format)).await.map_err(Problem::internal)??;
    Ok(format.file("royalties", bytes))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    key: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    name: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    first: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::BigInt)]
    articles: i64,
    #[diesel(sql_type = sql_types::Text)]
    amount: String,
    #[diesel(sql_type = sql_types::Text)]
    currency: String,
}

/// In SQL by hand, for the query builder has no LATERAL. The first publication of an article is looked up for each of the
/// period, as what stands first from there on: asked for those that have none before them, the server reads all of the
/// archive, and asked for those of one article, it takes the index that keeps them apart in time, which is slow. Of two that
/// begin at once one was called off.
fn rows(
    conn: &mut PgConnection,
    by: GroupBy,
    period: Period,
    unpublished: bool,
    seen: &Readable,
) -> Result<Vec<RoyaltyRow>, Problem> {
    let (columns, order) = match by {
        GroupBy::Author => {
            ("t.id::text AS key, t.name AS name, NULL::timestamptz AS first", "name COLLATE \"vi-x-icu\", key")
        }
        GroupBy::Category => {
            ("c.id::text AS key, c.name AS name, NULL::timestamptz AS first", "name COLLATE \"vi-x-icu\", key")
        }
        GroupBy::Month => (
            "to_char(f.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM') AS key, NULL::text AS name, NULL::timestamptz AS first",
            "key",
        ),
        GroupBy::Article => ("a.id::text AS key, a.title AS name, f.starts_at AS first", "first, key"),
    };
    let now: DateTime<Utc> = diesel::select(clock()).get_result(conn)?;
    let statement = format!(
        "WITH firsts AS (
             SELECT p.article_id, p.starts_at FROM publications p
              WHERE p.starts_at <= $1 AND p.starts_at >= coalesce($2, '-infinity') AND p.starts_at < coalesce($3, 'infinity')
                AND p.id = (SELECT e.id FROM publications e WHERE (e.article_id, e.starts_at) >= (p.article_id, '-infinity')
                             ORDER BY e.article_id, e.starts_at, e.id LIMIT 1)
              UNION ALL
             SELECT r.article_id, NULL FROM royalties r
              WHERE $4 AND r.revision = 1
                AND NOT EXISTS (SELECT FROM publications p WHERE p.article_id = r.article_id AND p.starts_at <= $1))
         SELECT * FROM (SELECT {columns}, count(*) AS articles, sum(r.amount)::text AS amount, r.currency AS currency
           FROM firsts f
           JOIN articles a ON a.id = f.article_id AND a.deleted_at IS NULL
           JOIN LATERAL (SELECT amount, currency FROM royalties WHERE article_id = a.id
                          ORDER BY revision DESC LIMIT 1) r ON true
           LEFT JOIN authors t ON t.id = a.author_id
           LEFT JOIN categories c ON c.id = a.category_id
          WHERE $5 OR a.category_id = ANY ($6)
          GROUP BY 1, 2, 3, r.currency) found
          ORDER BY {order}, currency
          LIMIT $7"
    );
    let rows: Vec<Row> = sql_query(statement)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Nullable<sql_types::Timestamptz>, _>(period.begins)
        .bind::<sql_types::Nullable<sql_types::Timestamptz>, _>(period.ends)
        .bind::<sql_types::Bool, _>(unpublished)
        .bind::<sql_types::Bool, _>(seen.everything)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(&seen.categories)
        .bind::<sql_types::BigInt, _>(i64::try_from(MAX_ROWS + 1).unwrap_or(i64::MAX))
        .load(conn)?;
    if rows.len() > MAX_ROWS {
        return Err(Problem::bad_request(text("too-many-rows").with("limit", MAX_ROWS)));
    }
    rows.into_iter().map(Row::answer).collect()
}

impl Row {
    fn answer(self) -> Result<RoyaltyRow, Problem> {
        let Self { key, name, first, articles, amount, currency } = self;
        let amount = amount.parse().map_err(Problem::internal)?;
        Ok(RoyaltyRow { key, name, first_published_at: first, articles, amount, currency })
    }
}

fn totals(rows: &[RoyaltyRow]) -> Vec<RoyaltyTotal> {
    let mut totals: BTreeMap<&str, (i64, i128)> = BTreeMap::new();
    for row in rows {
        let total = totals.entry(&row.currency).or_default();
        *total = (total.0 + row.articles, total.1 + row.amount);
    }
    let total =
        |(currency, (articles, amount)): (&str, _)| RoyaltyTotal { currency: currency.to_owned(), articles, amount };
    totals.into_iter().map(total).collect()
}

/// The report as a table, in the client's language.
fn table(by: GroupBy, report: RoyaltyReport) -> Table {
    let called = |key: &str| text(format!("royalties-{key}")).in_language(language());
    let day = |at: DateTime<Utc>| local(at).format("%Y-%m-%d").to_string();
    let (by_month, by_article) = (matches!(by, GroupBy::Month), matches!(by, GroupBy::Article));
    let mut head = vec![called(by.into())];
    if by_article {
        head.push(called("day"));
    }
    head.extend(["articles", "amount", "currency"].map(called));
    let row = |row: RoyaltyRow| {
        let shown = if by_month { row.key } else { row.name };
        let mut cells = vec![Cell::Text(shown.unwrap_or_default())];
        if by_article {
            cells.push(Cell::Text(row.first_published_at.map(day).unwrap_or_default()));
        }
        cells.extend([Cell::Number(row.articles.into()), Cell::Number(row.amount), Cell::Text(row.currency)]);
        cells
    };
    let sum = |total: RoyaltyTotal| {
        let mut cells = vec![Cell::Text(called("sum"))];
        if by_article {
            cells.push(Cell::Text(String::new()));
        }
        cells.extend([Cell::Number(total.articles.into()), Cell::Number(total.amount), Cell::Text(total.currency)]);
        cells
    };
    let (rows, sums) = (report.data.into_iter().map(row).collect(), report.meta.totals.into_iter().map(sum).collect());
    Table { head, rows, sums }
}
