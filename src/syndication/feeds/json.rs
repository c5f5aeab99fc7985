//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::feed::{Entry, Feed};
use crate::{delivery::files::DeliveredFile, http::Problem};

/// What it is.
pub const MEDIA_TYPE: &str = "application/feed+json";

/// A page of a feed.
#[derive(Serialize, ToSchema)]
pub struct JsonFeed<'a> {
    /// The version of the format, as an address.
    #[schema(example = "https://jsonfeed.org/version/1.1")]
    version: &'static str,
    /// What it is called.
    #[schema(example = "Tin tức – Thông báo")]
    title: &'a str,
    /// Where the site is.
    home_page_url: &'a str,
    /// Where the feed is.
    feed_url: &'a str,
    /// Where its next page is; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_url: Option<&'a str>,
    /// What it is about.
    description: &'a str,
    /// The language of what is said of it.
    #[schema(example = "vi")]
    language: &'a str,
    /// The articles, newest first.
    items: Vec<JsonFeedItem<'a>>,
}

/// An article.
#[derive(Serialize, ToSchema)]
pub struct JsonFeedItem<'a> {
    /// Never changes, whatever else does.
    #[schema(example = "urn:uuid:01a20cb6-6a62-72d0-b72f-3033d6f4b10f")]
    id: String,
    /// Where people read it.
    url: &'a str,
    /// What stands in for its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    external_url: Option<&'a str>,
    /// What it is called.
    title: &'a str,
    /// The whole text, with `full=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    content_html: Option<String>,
    /// The summary, or else the title, where the whole text is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    content_text: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    summary: Option<String>,
    /// The lead picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    image: Option<&'a str>,
    /// The date to show.
    date_published: DateTime<Utc>,
    /// When this text became public.
    date_modified: DateTime<Utc>,
    /// Who signed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<JsonFeedAuthor<'a>>,
    /// Its category and its tags, by name.
    tags: Vec<&'a str>,
    /// Its language.
    #[schema(example = "vi")]
    language: &'a str,
    /// The recording, the files to download, and the lead picture.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<JsonFeedAttachment<'a>>,
}

/// Who signed an article.
#[derive(Serialize, ToSchema)]
pub struct JsonFeedAuthor<'a> {
    /// What readers see.
    name: &'a str,
}

/// A file of an article.
#[derive(Serialize, ToSchema)]
pub struct JsonFeedAttachment<'a> {
    /// Where it is.
    url: &'a str,
    /// What it is.
    mime_type: &'a str,
    /// What readers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title: Option<&'a str>,
    /// How large it is.
    #[schema(minimum = 0)]
    size_in_bytes: i64,
    /// How long it plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duration_in_seconds: Option<f64>,
}

/// The document.
///
/// # Errors
/// `internal` where it cannot be written.
pub fn written(feed: &Feed<'_>) -> Result<Vec<u8>, Problem> {
    let document = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: &feed.this,
        next_url: feed.next.as_deref(),
        description: feed.description(),
        language: &feed.language,
        items: feed.entries.iter().map(|entry| item(entry, feed.full)).collect(),
    };
    serde_json::to_vec(&document).map_err(Problem::internal)
}

fn item(entry: &Entry, full: bool) -> JsonFeedItem<'_> {
    let Entry { story, more, page } = entry;
    let summary = entry.summary();
    let content_html = full.then(|| entry.content()).flatten();
    let content_text = content_html.is_none().then(|| summary.clone().unwrap_or_else(|| story.title.clone()));
    let picture = story.image.as_ref().map(|picture| JsonFeedAttachment {
        url: &picture.url,
        mime_type: &picture.mime_type,
        title: picture.alt.as_deref(),
        size_in_bytes: picture.size,
        duration_in_seconds: None,
    });
    JsonFeedItem {
        id: story.uri(),
        url: page,
        external_url: story.external_url.as_deref(),
        title: &story.title,
        content_html,
        content_text,
        summary,
        image: story.image.as_ref().map(|picture| picture.url.as_str()),
        date_published: story.published_at,
        date_modified: story.last_published_at,
        authors: story.author.iter().map(|author| JsonFeedAuthor { name: &author.name }).collect(),
        tags: std::iter::once(&story.category.name).chain(&story.tags).map(String::as_str).collect(),
        language: &story.locale,
        attachments: more.audio.iter().chain(&more.attachments).map(attachment).chain(picture).collect(),
    }
}

fn attachment(file: &DeliveredFile) -> JsonFeedAttachment<'_> {
    JsonFeedAttachment {
        url: &file.url,
        mime_type: &file.mime_type,
        title: file.title.as_deref(),
        size_in_bytes: file.size,
        duration_in_seconds: file.duration_ms.map(|milliseconds| milliseconds as f64 / 1000.0),
    }
}
