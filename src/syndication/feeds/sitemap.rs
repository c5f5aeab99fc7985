//! Sitemaps (<https://www.sitemaps.org/protocol.html>): all articles in one, or an index of months. A month that is too
//! large for one has a sitemap for each day. So an address holds the same articles for ever, whatever is published beside
//! them, and each is one range of an index.

use actix_web::{HttpRequest, HttpResponse, get, web::Path};
use chrono::{DateTime, Days, Months, NaiveDate, SecondsFormat, TimeZone, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, Queryable, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, Date},
};
use uuid::Uuid;

use super::{
    document::{MEDIA_TYPE, document, text},
    press::Press,
};
use crate::{
    calendar,
    db::{
        pool::snapshot,
        schema::delivery::{articles, categories, counts, months},
    },
    http::{
        Addressed, Canonical, Found, Problem, Representation,
        depends::{Depends, Key},
        openapi::{PublicList, PublicRead},
    },
};

/// The vocabulary of sitemaps.
pub const SITEMAP: (&str, &str) = ("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9");

/// All articles for search engines: their addresses, or where to find them month by month.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_sitemap",
    responses(
        (status = 200, description = "A sitemap, or an index of sitemaps", content_type = "application/xml", body = String),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/sitemap.xml")]
pub async fn sitemap(request: HttpRequest, press: Press) -> Result<HttpResponse, Problem> {
    let answers = press.answers.clone();
    let read = move |conn: &mut PgConnection| {
        let size = press.masthead.sitemap_size;
        let all = counts::table.filter(counts::facet.eq("all")).select(counts::articles);
        let number: Vec<i64> = all.load(conn)?;
        if number.iter().sum::<i64>() <= size {
            return urls(conn, &press.canonical, None, size, Key::articles());
        }
        let index = index(conn, &press.canonical, size)?;
        Ok(Found::Content(answer(index, Depends::on([Key::articles()]))))
    };
    answers.answer(&request, &(), move |conn| snapshot(conn, &read)).await
}

/// The articles that are dated in a month or on a day of Vietnam's time, for search engines.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_sitemap_of_period",
    params(("period" = String, Path, description = "A month or a day: `2026-11`, `2026-11-27`")),
    responses(
        (status = 200, description = "A sitemap", content_type = "application/xml", body = String),
        (status = 304, description = "The client has it"),
        PublicRead,
    ),
)]
#[get("/sitemaps/{period}.xml")]
pub async fn sitemap_of_period(
    request: HttpRequest,
    press: Press,
    period: Path<String>,
) -> Result<HttpResponse, Problem> {
    let period = Period::parse(&period).ok_or_else(Problem::not_found)?;
    let (answers, asked) = (press.answers.clone(), (period.first, period.next));
    let read = move |conn: &mut PgConnection| {
        urls(conn, &press.canonical, Some(&period), press.masthead.sitemap_size, Key::month(period.first))
    };
    answers.answer(&request, &asked, read).await
}

/// Some days of Vietnam's time.
struct Period {
    first: NaiveDate,
    next: NaiveDate,
}

impl Period {
    /// A month, `2026-11`, or a day, `2026-11-27`.
    fn parse(name: &str) -> Option<Self> {
        let period = match name.len() {
            7 => {
                let first: NaiveDate = format!("{name}-01").parse().ok()?;
                Self { first, next: first.checked_add_months(Months::new(1))? }
            }
            10 => {
                let first: NaiveDate = name.parse().ok()?;
                Self { first, next: first.checked_add_days(Days::new(1))? }
            }
            _ => return None,
        };
        // Dates are read in more forms than one.
        period.first.format("%Y-%m-%d").to_string().starts_with(name).then_some(period)
    }
}

/// When a day begins.
fn begins(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(calendar::zone().from_local_datetime(&day.and_hms_opt(0, 0, 0)?).single()?.to_utc())
}

#[derive(Queryable)]
struct Row {
    id: Uuid,
    slug: String,
    category: String,
    changed: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

/// The sitemap of a period, or of all times: of more articles than it may hold, of the newest.
fn urls(
    conn: &mut PgConnection,
    canonical: &Canonical,
    period: Option<&Period>,
    size: i64,
    key: Key,
) -> Result<Found, Problem> {
    let mut query = articles::table.inner_join(categories::table).into_boxed();
    if let Some(Period { first, next }) = period {
        let (from, until) = begins(*first).zip(begins(*next)).ok_or_else(Problem::not_found)?;
        query = query.filter(articles::published_at.ge(from)).filter(articles::published_at.lt(until));
    }
    let rows: Vec<Row> = query
        .order((articles::published_at.desc(), articles::article_id.desc()))
        .limit(size)
        .select((
            articles::article_id,
            articles::slug,
            categories::slug,
            articles::last_published_at,
            articles::expires_at,
        ))
        .load(conn)?;
    if rows.is_empty() && period.is_some() {
        return Err(Problem::not_found());
    }
    let expires = rows.iter().filter_map(|row| row.expires_at).min();
    let urlset = document("urlset", &[SITEMAP], |writer| {
        for Row { id, slug, category, changed, .. } in &rows {
            let page = canonical.article(Addressed { id: *id, slug, category });
            let url = writer.create_element("url");
            url.write_inner_content(|writer| {
                text(writer, "loc", &page)?;
                text(writer, "lastmod", &moment(*changed))
            })?;
        }
        Ok(())
    })?;
    // Whatever becomes of one of them, and whatever comes.
    let answer = answer(urlset, Depends::on([key]));
    Ok(Found::Content(Representation { expires, ..answer }))
}

/// A month that has articles, and when the last of them changed.
#[derive(Queryable)]
struct Month {
    name: String,
    articles: i64,
    changed: DateTime<Utc>,
}

/// The index of all sitemaps, the latest first. Two statements, whatever they hold.
fn index(conn: &mut PgConnection, canonical: &Canonical, size: i64) -> Result<Vec<u8>, Problem> {
    let all: Vec<Month> = months::table
        .order(months::month.desc())
        .select((months::month, months::articles, months::last_published_at))
        .load(conn)?;
    let large = all.iter().filter(|month| month.articles > size);
    let large: Vec<NaiveDate> = large.filter_map(|month| Some(Period::parse(&month.name)?.first)).collect();
    let days = days(conn, &large)?;
    let place = |name: &str| canonical.link(&format!("/sitemaps/{name}.xml"));
    document("sitemapindex", &[SITEMAP], |writer| {
        for Month { name, articles, changed } in &all {
            if *articles <= size {
                writer.create_element("sitemap").write_inner_content(|writer| {
                    text(writer, "loc", &place(name))?;
                    text(writer, "lastmod", &moment(*changed))
                })?;
                continue;
            }
            for day in days.iter().map(NaiveDate::to_string).filter(|day| day.starts_with(name)) {
                // When a day last changed is not known without looking at all of it.
                let element = writer.create_element("sitemap");
                element.write_inner_content(|writer| text(writer, "loc", &place(&day)))?;
            }
        }
        Ok(())
    })
}

/// The days of these months that have articles, the latest first: a look into the index for each.
fn days(conn: &mut PgConnection, months: &[NaiveDate]) -> Result<Vec<NaiveDate>, Problem> {
    #[derive(QueryableByName)]
    struct Day {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    // In SQL by hand, for the query builder makes no series.
    const DAYS: &str = "
        SELECT d.day FROM unnest($1) AS m (month)
          CROSS JOIN LATERAL (SELECT day::date FROM generate_series(m.month, m.month + interval '1 month - 1 day',
                                                                    interval '1 day') AS day) d
         WHERE EXISTS (SELECT FROM delivery.articles a
                        WHERE a.published_at >= d.day::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
                          AND a.published_at < (d.day + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
         ORDER BY d.day DESC";
    if months.is_empty() {
        return Ok(Vec::new());
    }
    let days: Vec<Day> = sql_query(DAYS).bind::<Array<Date>, _>(months).load(conn)?;
    Ok(days.into_iter().map(|Day { day }| day).collect())
}

/// A moment in the profile of ISO 8601 that sitemaps take.
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What is answered.
fn answer(body: Vec<u8>, depends: Depends) -> Representation {
    Representation { media_type: MEDIA_TYPE, depends, ..Representation::written(body, ["articles".to_owned()]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_a_day_in_one_spelling() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (name, first, next) in [
            ("2026-11", "2026-11-01", "2026-12-01"),
            ("2024-12", "2024-12-01", "2025-01-01"),
            ("2024-02-29", "2024-02-29", "2024-03-01"),
        ] {
            let period = Period::parse(name).expect("a period");
            assert_eq!((period.first, period.next), (day(first), day(next)));
        }
        for name in ["", "2026", "2026-13", "2026-1-", "2025-02-29", "26-11-2701", "+2026-1", "2026-11-2x", "2026-111"]
        {
            assert!(Period::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn days_begin_at_midnight_in_vietnam() {
        assert_eq!(begins("2026-11-27".parse().expect("a day")), Some("2026-11-26T17:00:00Z".parse().expect("a time")));
    }
}
