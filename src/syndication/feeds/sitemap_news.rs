//! The news of the last two days, in the form that Google News reads
//! (<https://www.google.com/schemas/sitemap-news/0.9>).

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl,
    dsl::sql,
    sql_types::{Text, Timestamptz},
};
use uuid::Uuid;

use super::{
    document::{MEDIA_TYPE, document, text},
    press::Press,
    sitemap::{SITEMAP, moment},
};
use crate::{
    db::schema::delivery::{articles, categories},
    http::{
        Addressed, Found, Problem, Representation,
        depends::{Depends, Key},
        openapi::PublicList,
    },
};

/// The vocabulary of news.
const NEWS: (&str, &str) = ("xmlns:news", "http://www.google.com/schemas/sitemap-news/0.9");

/// How many it may hold.
const MOST: i64 = 1000;

/// How old a title may be when it is shown without anything having changed: what is two days old leaves by the clock.
const LASTS: Duration = Duration::from_secs(60);

#[derive(Queryable)]
struct Row {
    id: Uuid,
    slug: String,
    category: String,
    published_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    locale: String,
    title: String,
}

/// The articles that are dated in the last 48 hours, for search engines that list news.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_news_sitemap",
    responses(
        (status = 200, description = "A sitemap of at most 1,000 articles, the newest first",
         content_type = "application/xml", body = String),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/sitemap-news.xml")]
pub async fn sitemap_news(request: HttpRequest, press: Press) -> Result<HttpResponse, Problem> {
    let answers = press.answers.clone();
    let read = move |conn: &mut PgConnection| {
        let rows: Vec<Row> = articles::table
            .inner_join(categories::table)
            .filter(articles::published_at.gt(sql::<Timestamptz>("delivery.clock() - interval '48 hours'")))
            .order((articles::published_at.desc(), articles::article_id.desc()))
            .limit(MOST)
            .select((
                articles::article_id,
                articles::slug,
                categories::slug,
                articles::published_at,
                articles::expires_at,
                articles::locale,
                sql::<Text>("card ->> 'title'"),
            ))
            .load(conn)?;
        let body = document("urlset", &[SITEMAP, NEWS], |writer| {
            for Row { id, slug, category, published_at, locale, title, .. } in &rows {
                let page = press.canonical.article(Addressed { id: *id, slug, category });
                writer.create_element("url").write_inner_content(|writer| {
                    text(writer, "loc", &page)?;
                    writer.create_element("news:news").write_inner_content(|writer| {
                        writer.create_element("news:publication").write_inner_content(|writer| {
                            text(writer, "news:name", &press.masthead.name)?;
                            text(writer, "news:language", language(locale))
                        })?;
                        text(writer, "news:publication_date", &moment(*published_at))?;
                        text(writer, "news:title", title)
                    })?;
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        let depends = Depends::on(rows.iter().map(|row| Key::article(row.id))).and_lists([Key::articles()]);
        Ok(Found::Content(Representation {
            media_type: MEDIA_TYPE,
            depends,
            lasts: Some(LASTS),
            expires: rows.iter().filter_map(|row| row.expires_at).min(),
            ..Representation::written(body, ["articles".to_owned()])
        }))
    };
    answers.answer(&request, &(), read).await
}

/// A language as it is named there: by ISO 639, but for Chinese.
fn language(locale: &str) -> &str {
    match locale {
        "zh-CN" => "zh-cn",
        "zh-TW" => "zh-tw",
        _ => locale.split('-').next().unwrap_or(locale),
    }
}
