//! `GET stream`: the feed as server-sent events.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    web::{Bytes, Data},
};
use chrono::{DateTime, SubsecRound, Utc};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    filter::{Followed, Part},
    follower::{Follower, Heard, Listening},
    log::Page,
    place::Place,
    told::{Entry, Told},
};
use crate::http::{Code, Cursors, Problem, Query, openapi::PublicFeed, text};

/// How often something is sent though nothing happens, so that nobody on the way takes the connection for dead.
const BEAT: Duration = Duration::from_secs(15);

/// How soon a client is to come back that was cut off, in milliseconds.
const COME_BACK: &str = "retry: 2000\n\n";

/// How many changes are read at once where a client has been away.
const PAGE: i64 = 100;

/// What to listen to.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only what is in this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    category: Option<String>,
    /// Only what has any of these tags, by slug, separated by commas.
    #[schema(max_length = 2000, example = "dan-van-kheo,thi-dua")]
    #[param(max_length = 2000)]
    tag: Option<String>,
    /// Only what is of this type, by code.
    #[schema(max_length = 40, example = "announcement")]
    #[param(max_length = 40)]
    article_type: Option<String>,
    /// Only what is in this language.
    #[schema(max_length = 35, example = "vi")]
    #[param(max_length = 35)]
    locale: Option<String>,
}

/// What is published, replaced and taken back, as it happens: server-sent events (WHATWG HTML, 9.2).
///
/// The events are `article.published` (it was not there before), `article.updated`, `article.unpublished`, and `article.urgent` besides where it
/// is urgent from then on; the data of each is JSON:
/// `{"type", "timestamp", "data": {"id", "article"}}`, of an article that is gone `{"id", "at", "reason", "notice"}`. A client that was cut off
/// sends the last `id` as `Last-Event-ID` and misses nothing; it may be sent as `token` to `sync` with the same filters, and the other way round.
#[utoipa::path(
    tag = "Syndication",
    operation_id = "get_stream",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id` that was heard"),
    ),
    responses(
        (status = 200, description = "Events, without end", body = String, content_type = "text/event-stream"),
        PublicFeed,
    ),
)]
#[get("/stream")]
pub async fn listen(
    request: HttpRequest,
    follower: Data<Follower>,
    cursors: Data<Cursors>,
    Query(asked): Query<StreamQuery>,
) -> Result<HttpResponse, Problem> {
    let StreamQuery { category, tag, article_type, locale } = asked;
    let part = Part::of(category, tag.as_deref(), article_type, locale);
    let last = request.headers().get("Last-Event-ID").map(|id| id.to_str().map_err(|_| foreign())).transpose()?;
    let place = Place::read(&cursors, &part, last.filter(|id| !id.is_empty()))?;
    let listening = follower.listen().await?;
    // Whoever was away is told first what happened; if that is not known any more, it is refused.
    let missed = match &place {
        Some(place) => Some(follower.read(part.clone(), Some(place.clone()), PAGE).await?),
        None => None,
    };
    let (place, named) = match (place, &missed) {
        (Some(place), Some(page)) => (place, page.named.clone()),
        _ => follower.end(part.clone()).await?,
    };
    let to_send = VecDeque::from([Bytes::from_static(COME_BACK.as_bytes())]);
    let mut listener = Listener { follower, cursors, part, named, place, behind: false, listening, to_send };
    listener.to_send.push_back(listener.beat());
    if let Some(page) = missed {
        listener.take(page).map_err(Problem::internal)?;
    }
    let events = stream::unfold(listener, |mut listener| async {
        let bytes = listener.next().await?;
        Some((Ok::<_, Infallible>(bytes), listener))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that gathers what it passes on would pass on nothing.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events))
}

fn foreign() -> Problem {
    Problem::new(Code::InvalidCursor, text("invalid-cursor"))
}

/// Somebody who listens.
struct Listener {
    follower: Data<Follower>,
    cursors: Data<Cursors>,
    part: Part,
    named: Followed,
    /// How far they have been told.
    place: Place,
    /// Whether there is something to be read from the database first.
    behind: bool,
    listening: Listening,
    to_send: VecDeque<Bytes>,
}

impl Listener {
    /// The next bytes; none at the end, after which the client comes again.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.to_send.pop_front() {
                return Some(bytes);
            }
            if self.behind {
                // What goes wrong now is told to the client when it comes again.
                let page = self.follower.read(self.part.clone(), Some(self.place.clone()), PAGE).await.ok()?;
                self.take(page).ok()?;
                continue;
            }
            match timeout(BEAT, self.listening.hear()).await {
                Err(_) => return Some(self.beat()),
                Ok(Heard::Over) => return None,
                Ok(Heard::Missed) => self.behind = true,
                Ok(Heard::News(news)) => {
                    self.listening.turn().await;
                    if news.names_anew(&self.part, &self.named) {
                        self.behind = true;
                        continue;
                    }
                    let to = news.moved(&self.place);
                    let events = self.events(news.told(&self.place, &self.named), &to).ok()?;
                    self.to_send.extend(events);
                    self.place = to;
                }
            }
        }
    }

    /// What a page tells is to be sent.
    fn take(&mut self, page: Page) -> serde_json::Result<()> {
        let told = page.entries.iter().filter_map(|entry| Some((entry, entry.told(&page.named)?)));
        self.to_send.extend(self.events(told, &page.to)?);
        (self.place, self.named, self.behind) = (page.to, page.named, page.has_more);
        Ok(())
    }

    /// The place alone: no event, and from where to go on.
    fn beat(&self) -> Bytes {
        format!("id: {}\n\n", self.place.token(&self.cursors, &self.part)).into()
    }

    /// Events of one page, if there are any; the last one says how far it goes.
    fn events<'t>(
        &self,
        told: impl Iterator<Item = (&'t Entry, Told<'t>)>,
        to: &Place,
    ) -> serde_json::Result<Vec<Bytes>> {
        let loudly = told.filter(|(entry, _)| !entry.quietly);
        let mut events: Vec<Bytes> = loudly.map(|(entry, told)| event(entry, &told)).collect::<Result<_, _>>()?;
        if let Some(last) = events.last_mut() {
            // Before the empty line that ends it.
            last.truncate(last.len() - 1);
            events.push(format!("id: {}\n\n", to.token(&self.cursors, &self.part)).into());
        }
        Ok(events)
    }
}

/// What is sent of a change. That an article is there is written once for all who listen.
fn event(entry: &Entry, told: &Told<'_>) -> serde_json::Result<Bytes> {
    if let (Told::Upsert(_), Some(event)) = (told, entry.event.get()) {
        return Ok(event.clone());
    }
    let mut bytes = Vec::new();
    write(entry, told, &mut bytes)?;
    let event = Bytes::from(bytes);
    if let Told::Upsert(_) = told {
        // Another may have been faster, with the same.
        let _ = entry.event.set(event.clone());
    }
    Ok(event)
}

/// Writes an event, or two. JSON has no line breaks of its own.
fn write(entry: &Entry, told: &Told<'_>, bytes: &mut Vec<u8>) -> serde_json::Result<()> {
    #[derive(Serialize)]
    struct Event<'a, T> {
        r#type: &'a str,
        timestamp: DateTime<Utc>,
        data: T,
    }
    #[derive(Serialize)]
    struct Upserted<'a> {
        id: Uuid,
        article: &'a RawValue,
    }
    fn line(name: &str, data: &impl Serialize, bytes: &mut Vec<u8>) -> serde_json::Result<()> {
        bytes.extend_from_slice(format!("event: {name}\ndata: ").as_bytes());
        serde_json::to_writer(&mut *bytes, data)?;
        bytes.extend_from_slice(b"\n\n");
        Ok(())
    }
    let timestamp = entry.at.trunc_subsecs(3);
    match told {
        Told::Upsert(article) => {
            let name = if entry.appeared { "article.published" } else { "article.updated" };
            let article: &RawValue = serde_json::from_slice(article)?;
            line(name, &Event { r#type: name, timestamp, data: Upserted { id: entry.id, article } }, bytes)?;
            if entry.alerts {
                let name = "article.urgent";
                line(name, &Event { r#type: name, timestamp, data: Upserted { id: entry.id, article } }, bytes)?;
            }
            Ok(())
        }
        Told::Delete(removal) => {
            let name = "article.unpublished";
            line(name, &Event { r#type: name, timestamp, data: removal }, bytes)
        }
    }
}
