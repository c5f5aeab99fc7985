//! The podcast: articles that are read aloud, with what players and their directories ask for.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid},
};
use rss::{
    Channel, Item,
    extension::ExtensionMap,
    extension::itunes::{ITunesCategory, ITunesChannelExtension, ITunesItemExtension},
};
use uuid::Uuid;

use super::{
    feed::{Entry, Feed},
    press::Press,
    rss as form,
};
use crate::{
    db::pool::snapshot,
    delivery::{articles::Shown, cards, store},
    http::{Found, Paging, Problem, Query, Representation, depends::Key, openapi::PublicList, paging},
    syndication::story::{Story, addressed},
};

const PATH: &str = "/feeds/podcast.xml";

/// What its cursors are bound to.
const NAME: &str = "podcast";

/// The vocabulary of newer players (<https://podcasting2.org/docs/podcast-namespace>).
const PODCAST: (&str, &str) = ("podcast", "https://podcastindex.org/namespace/1.0");

/// Articles that are read aloud, newest first, as a podcast: RSS 2.0 with the vocabulary of Apple's directory.
///
/// An episode keeps its id whatever becomes of its article's title, slug and category. Pages are linked by `atom:link`
/// (RFC 5005).
#[utoipa::path(
    tag = "Feeds",
    operation_id = "get_podcast",
    params(Paging),
    responses(
        (status = 200, description = "A page of episodes", content_type = "application/rss+xml", body = String),
        (status = 304, description = "The client has it"),
        PublicList,
    ),
)]
#[get("/podcast.xml")]
pub async fn podcast(request: HttpRequest, press: Press, Query(page): Query<Paging>) -> Result<HttpResponse, Problem> {
    let after: Option<(DateTime<Utc>, Uuid)> = press.cursors.decode(NAME, page.cursor.as_deref())?;
    let (answers, asked) = (press.answers.clone(), page.clone());
    let read = move |conn: &mut PgConnection| found(conn, &press, &page, after);
    answers.answer(&request, &asked, move |conn| snapshot(conn, &read)).await
}

#[derive(QueryableByName)]
struct Recording {
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    published_at: DateTime<Utc>,
}

/// In SQL by hand, for the query builder compares no rows.
const RECORDINGS: &str = "
    SELECT article_id, published_at FROM delivery.recordings
     WHERE $1 IS NULL OR (published_at, article_id) < ($1, $2)
     ORDER BY published_at DESC, article_id DESC LIMIT $3";

fn found(
    conn: &mut PgConnection,
    press: &Press,
    page: &Paging,
    after: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Found, Problem> {
    let canonical = &press.canonical;
    let (at, id) = after.unzip();
    let mut rows: Vec<Recording> = sql_query(RECORDINGS)
        .bind::<Nullable<Timestamptz>, _>(at)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<BigInt, _>(page.limit + 1)
        .load(conn)?;
    let next = paging::cut(&mut rows, page.limit, |last| (last.published_at, last.article_id));
    let next = next.map(|key| press.cursors.encode(NAME, &key));
    let ids: Vec<Uuid> = rows.iter().map(|row| row.article_id).collect();
    let cards = cards::in_order(conn, &press.labels, &ids)?;
    let mut rest = store::rest_of(conn, &ids, false)?;
    let mut entries = Vec::new();
    for card in &cards {
        let story = Story::of(card, canonical)?;
        let page = story.page(canonical);
        let more = addressed(rest.remove(&card.id).unwrap_or_default(), &page, canonical);
        entries.push(Entry { story, more, page });
    }
    let address = |cursor: Option<&str>| {
        let limit = (page.limit != paging::default_limit()).then(|| format!("limit={}", page.limit));
        let query: Vec<String> = limit.into_iter().chain(cursor.map(|cursor| format!("cursor={cursor}"))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        canonical.link(&format!("{PATH}{mark}{}", query.join("&")))
    };
    let next = next.map(|next| address(Some(&next)));
    let feed = Feed {
        title: press.masthead.name.clone(),
        language: "vi".to_owned(),
        masthead: &press.masthead,
        home: canonical.link("/"),
        first: address(None),
        this: address(page.cursor.as_deref()),
        next: next.clone(),
        full: false,
        entries,
    };
    // Whether an article has a recording is decided where it is published.
    let shown = Shown::in_list(cards.iter(), [Key::articles()]).written(form::document(&channel(&feed))?);
    Ok(Found::Content(Representation { next, media_type: form::MEDIA_TYPE, ..shown }))
}

fn channel(feed: &Feed<'_>) -> Channel {
    let masthead = feed.masthead;
    let mut channel = form::channel(feed);
    let said = |name: &str, value: &str| {
        let element = form::element(&format!("{}:{name}", PODCAST.0), Some(value.to_owned()), []);
        (name.to_owned(), vec![element])
    };
    channel.extensions.insert(PODCAST.0.to_owned(), [said("medium", "podcast")].into());
    channel.namespaces.insert(PODCAST.0.to_owned(), PODCAST.1.to_owned());
    channel.itunes_ext = Some(ITunesChannelExtension {
        author: Some(masthead.name.clone()),
        categories: vec![ITunesCategory { text: masthead.podcast_category.clone(), subcategory: None }],
        image: masthead.podcast_image.as_ref().map(ToString::to_string),
        explicit: Some("false".to_owned()),
        summary: Some(feed.description().to_owned()),
        r#type: Some("episodic".to_owned()),
        ..Default::default()
    });
    channel.items = feed.entries.iter().map(episode).collect();
    channel
}

fn episode(entry: &Entry) -> Item {
    let seconds = entry.more.audio.as_ref().and_then(|file| file.duration_ms).map(|it| (it + 500) / 1000);
    Item {
        itunes_ext: Some(ITunesItemExtension {
            author: entry.story.author.as_ref().map(|author| author.name.clone()),
            duration: seconds.map(|seconds| seconds.to_string()),
            explicit: Some("false".to_owned()),
            summary: entry.summary(),
            episode_type: Some("full".to_owned()),
            ..Default::default()
        }),
        // Players take every file that is named for an episode's.
        extensions: ExtensionMap::new(),
        ..form::item(entry, false)
    }
}
