//! Where feeds are.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    atom,
    feed::{Entry, Feed},
    filter::FeedFilter,
    json::{self, JsonFeed},
    press::Press,
    rss,
    title::title,
};
use crate::{
    db::pool::snapshot,
    delivery::{
        articles::Shown,
        cards::Order,
        listing::{Asked, Reading, Rows},
        renamed, store,
    },
    http::{Found, Problem, Query, Representation, openapi::PublicList},
    syndication::story::{Story, addressed},
};

/// What articles are in, of which nobody says otherwise.
const LANGUAGE: &str = "vi";

/// Whole texts a page, at most.
const FULL: i64 = 20;

/// No page goes on behind so many bytes of whole texts.
const FULL_BYTES: usize = 2 << 20;

/// A form of feeds.
struct Form {
    path: &'static str,
    media_type: &'static str,
    written: fn(&Feed<'_>) -> Result<Vec<u8>, Problem>,
}

/// Published articles, newest first, as RSS 2.0.
///
/// An entry keeps its id whatever becomes of its title, slug and category. Pages are linked by `atom:link` (RFC 5005).
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_rss",
    params(FeedFilter),
    responses(
        (status = 200, description = "A page of the feed", content_type = "application/rss+xml", body = String),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the feed by that"),
        PublicList,
    ),
)]
#[get("/rss.xml")]
pub async fn rss_feed(
    request: HttpRequest,
    press: Press,
    Query(filter): Query<FeedFilter>,
) -> Result<HttpResponse, Problem> {
    let form = Form { path: "/feeds/rss.xml", media_type: rss::MEDIA_TYPE, written: rss::written };
    answer(request, press, filter, form).await
}

/// Published articles, newest first, as Atom (RFC 4287).
///
/// An entry keeps its id whatever becomes of its title, slug and category. Pages are linked (RFC 5005).
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_atom",
    params(FeedFilter),
    responses(
        (status = 200, description = "A page of the feed", content_type = "application/atom+xml", body = String),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the feed by that"),
        PublicList,
    ),
)]
#[get("/atom.xml")]
pub async fn atom_feed(
    request: HttpRequest,
    press: Press,
    Query(filter): Query<FeedFilter>,
) -> Result<HttpResponse, Problem> {
    let form = Form { path: "/feeds/atom.xml", media_type: atom::MEDIA_TYPE, written: atom::written };
    answer(request, press, filter, form).await
}

/// Published articles, newest first, as JSON Feed 1.1.
///
/// An entry keeps its id whatever becomes of its title, slug and category.
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_json_feed",
    params(FeedFilter),
    responses(
        (status = 200, description = "A page of the feed", content_type = "application/feed+json",
         body = JsonFeed<'static>),
        (status = 304, description = "The client has it"),
        (status = 308, description = "The category has another slug; `Location` is the feed by that"),
        PublicList,
    ),
)]
#[get("/feed.json")]
pub async fn json_feed(
    request: HttpRequest,
    press: Press,
    Query(filter): Query<FeedFilter>,
) -> Result<HttpResponse, Problem> {
    let form = Form { path: "/feeds/feed.json", media_type: json::MEDIA_TYPE, written: json::written };
    answer(request, press, filter, form).await
}

async fn answer(request: HttpRequest, press: Press, filter: FeedFilter, form: Form) -> Result<HttpResponse, Problem> {
    // What a cursor is good for: this feed, whatever page of it.
    let name = filter.address(form.path, None)?;
    let after: Option<(DateTime<Utc>, Uuid)> = press.cursors.decode(&name, filter.cursor.as_deref())?;
    let asked = Asked {
        wanted: filter.wanted(),
        reading: Reading::Ordered(Order::Newest, after),
        name,
        limit: if filter.full { filter.limit.min(FULL) } else { filter.limit },
        count: None,
        cursors: press.cursors.clone(),
        labels: press.labels.clone(),
        index: press.index.clone(),
    };
    let (answers, wanted) = (press.answers.clone(), filter.clone());
    let read = move |conn: &mut PgConnection| found(conn, &press, &filter, &asked, &form);
    answers.answer(&request, &wanted, move |conn| snapshot(conn, &read)).await
}

fn found(
    conn: &mut PgConnection,
    press: &Press,
    filter: &FeedFilter,
    asked: &Asked,
    form: &Form,
) -> Result<Found, Problem> {
    let Rows { mut cards, lists, next, .. } = asked.read(conn)?;
    if cards.is_empty() {
        let by = |slug| FeedFilter { category: Some(slug), cursor: None, ..filter.clone() };
        if let Some(moved) = renamed::category(conn, form.path, filter.category.as_deref(), by)? {
            return Ok(moved);
        }
    }
    let canonical = &press.canonical;
    let ids: Vec<Uuid> = cards.iter().map(|card| card.id).collect();
    let mut rest = store::rest_of(conn, &ids, filter.full)?;
    let mut entries = Vec::new();
    let mut bytes = 0;
    for card in &cards {
        let story = Story::of(card, canonical)?;
        let page = story.page(canonical);
        let more = addressed(rest.remove(&card.id).unwrap_or_default(), &page, canonical);
        bytes += more.body.as_ref().map_or(0, String::len);
        if bytes > FULL_BYTES && !entries.is_empty() {
            break;
        }
        entries.push(Entry { story, more, page });
    }
    let is_cut = entries.len() < cards.len();
    cards.truncate(entries.len());
    let last = cards.last().filter(|_| is_cut).map(|card| (card.published_at, card.id));
    let next = last.map(|last| press.cursors.encode(&asked.name, &last)).or(next);
    let address = |cursor: Option<&str>| Ok::<_, Problem>(canonical.link(&filter.address(form.path, cursor)?));
    let next = next.map(|next| address(Some(&next))).transpose()?;
    let feed = Feed {
        title: title(conn, &press.masthead.name, &asked.wanted)?,
        language: filter.locale.clone().unwrap_or_else(|| LANGUAGE.to_owned()),
        masthead: &press.masthead,
        home: canonical.link("/"),
        first: address(None)?,
        this: address(filter.cursor.as_deref())?,
        next: next.clone(),
        full: filter.full,
        entries,
    };
    let shown = Shown::in_list(cards.iter(), lists).written((form.written)(&feed)?);
    Ok(Found::Content(Representation { next, media_type: form.media_type, ..shown }))
}
