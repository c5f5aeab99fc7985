//! From a delivered article to a news item: pure.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{AltId, Association, Body, Genre, InfoSource, Item, Rendition, Subject, Text};
use crate::{
    content::CategoryRef,
    delivery::{files::DeliveredFile, model::Article, store::Rest},
    http::{Canonical, Problem},
    syndication::story::{Picture, Story, addressed, uri},
    text::plain_body,
};

/// The news item of an article, filed below these categories, the nearest first.
///
/// # Errors
/// `internal` where the article's card says something else than cards do.
pub fn item(article: &Article, above: &[CategoryRef], canonical: &Canonical) -> Result<Item, Problem> {
    let story = Story::of(&article.card, canonical)?;
    let page = story.page(canonical);
    let whole = &article.more;
    let rest = Rest { body: whole.body.clone(), audio: whole.audio.clone(), attachments: whole.attachments.clone() };
    let more = addressed(rest, &page, canonical);
    let mut associations: Vec<Association> = [("picture", &story.image), ("illustration", &story.description_image)]
        .into_iter()
        .filter_map(|(rel, picture)| Some(shown(rel, picture.as_ref()?)))
        .collect();
    associations.extend(more.audio.iter().map(|file| enclosed("audio", file)));
    associations.extend(more.attachments.iter().map(|file| enclosed("attachment", file)));
    for related in &whole.related {
        let story = Story::of(related, canonical)?;
        associations.push(named("related", story.id, &story.title, &story.locale, Some(story.page(canonical))));
    }
    // Where a translation is filed, and so where people read it, is said where it is delivered.
    let translations = whole.translations.iter();
    associations.extend(translations.map(|it| named("translation", it.id, &it.title, &it.locale, None)));
    let seo = story.seo.as_ref();
    let headlines = [
        ("main", Some(&story.title)),
        ("kicker", story.kicker.as_ref()),
        ("seo", seo.and_then(|seo| seo.title.as_ref())),
    ];
    let descriptions = [("summary", story.summary.as_ref()), ("seo", seo.and_then(|seo| seo.description.as_ref()))];
    let corrections = story.corrections.iter().map(|correction| Text::plain("correction", &correction.note));
    let notes: Vec<&str> = story.corrections.iter().map(|correction| correction.note.as_str()).collect();
    let elsewhere = story.external_url.as_ref().map(|url| ("external", url.clone()));
    let places = [("web", page.clone())].into_iter().chain(elsewhere);
    let legacy = story.legacy_id.map(|id| AltId { role: "legacy", value: id.to_string() });
    Ok(Item {
        uri: story.uri(),
        kind: "text",
        representation_type: "full",
        version: version(story.last_published_at),
        first_created: Some(story.first_published_at),
        version_created: story.last_published_at,
        content_created: Some(story.published_at),
        pub_status: "usable",
        urgency: story.urgent_until.map(|_| 1),
        ed_note: (!notes.is_empty()).then(|| notes.join("\n")),
        language: Some(story.locale.clone()),
        headlines: texts(headlines),
        descriptions: texts(descriptions).into_iter().chain(corrections).collect(),
        bodies: more.body.into_iter().map(body).collect(),
        by: story.author.as_ref().map(|author| author.name.clone()),
        slugline: Some(story.slug.clone()),
        subjects: subjects(&story, above),
        genres: vec![Genre { name: story.article_type.name.clone(), literal: story.article_type.code.clone() }],
        info_sources: story
            .source
            .iter()
            .map(|source| InfoSource { name: source.name.clone(), role: "originator", uri: source.url.clone() })
            .collect(),
        renditions: places
            .map(|(name, href)| Rendition { name: name.to_owned(), href, ..Rendition::default() })
            .collect(),
        associations,
        alt_ids: std::iter::once(AltId { role: "id", value: story.id.to_string() }).chain(legacy).collect(),
        expires: story.expires_at,
        standard: Default::default(),
    })
}

/// The news item that takes an article back: to be removed wherever it was copied to.
pub fn withdrawn(article: Uuid, at: DateTime<Utc>, note: Option<String>) -> Item {
    Item {
        uri: uri(article),
        kind: "text",
        representation_type: "partial",
        version: version(at),
        version_created: at,
        pub_status: "canceled",
        ed_note: note,
        alt_ids: vec![AltId { role: "id", value: article.to_string() }],
        ..Item::default()
    }
}

/// A version by when it became public: it says in which order they came, and nothing of how often anybody edited.
fn version(at: DateTime<Utc>) -> String {
    at.timestamp_micros().to_string()
}

fn texts<const N: usize>(parts: [(&'static str, Option<&String>); N]) -> Vec<Text> {
    parts.into_iter().filter_map(|(role, value)| Some(Text::plain(role, value?))).collect()
}

fn body(value: String) -> Body {
    let plain = plain_body(&value, value.len());
    let (char_count, word_count) = (plain.chars().count(), plain.split_whitespace().count());
    Body { role: "main", content_type: "text/html", char_count, word_count, value }
}

fn subjects(story: &Story, above: &[CategoryRef]) -> Vec<Subject> {
    let category = |rel, id, slug: &str, name: &str| Subject {
        name: name.to_owned(),
        rel,
        uri: Some(uri(id)),
        literal: Some(slug.to_owned()),
    };
    let own = category("category", story.category.id, &story.category.slug, &story.category.name);
    let broader = above.iter().map(|it| category("broader", it.id, &it.slug, &it.name));
    let tags = story.tags.iter().map(|tag| Subject { name: tag.clone(), rel: "keyword", uri: None, literal: None });
    std::iter::once(own).chain(broader).chain(tags).collect()
}

/// A picture with its sizes.
fn shown(rel: &'static str, picture: &Picture) -> Association {
    let original = Rendition {
        name: "original".to_owned(),
        href: picture.url.clone(),
        content_type: Some(picture.mime_type.clone()),
        width: picture.width.map(Into::into),
        height: picture.height.map(Into::into),
        size_in_bytes: Some(picture.size),
        duration: None,
    };
    let sizes = picture.renditions.iter().map(|size| Rendition {
        name: format!("{}.{}", size.preset, size.mime_type.trim_start_matches("image/").replace("jpeg", "jpg")),
        href: size.url.clone(),
        content_type: Some(size.mime_type.clone()),
        width: Some(size.width),
        height: Some(size.height),
        ..Rendition::default()
    });
    Association {
        name: picture.caption.clone().or_else(|| picture.alt.clone()).unwrap_or_else(|| rel.to_owned()),
        rel,
        uri: uri(picture.media_id),
        kind: "picture",
        representation_type: "full",
        descriptions: texts([("alt", picture.alt.as_ref()), ("caption", picture.caption.as_ref())]),
        renditions: std::iter::once(original).chain(sizes).collect(),
        ..Association::default()
    }
}

/// A recording or a file.
fn enclosed(rel: &'static str, file: &DeliveredFile) -> Association {
    let kind = match file.mime_type.split('/').next() {
        Some("audio") => "audio",
        Some("video") => "video",
        Some("image") => "picture",
        _ => "component",
    };
    Association {
        name: file.title.clone().unwrap_or_else(|| file.file_name.clone()),
        rel,
        uri: uri(file.media_id),
        kind,
        representation_type: "full",
        renditions: vec![Rendition {
            name: "original".to_owned(),
            href: file.url.clone(),
            content_type: Some(file.mime_type.clone()),
            width: file.width.map(Into::into),
            height: file.height.map(Into::into),
            size_in_bytes: Some(file.size),
            duration: file.duration_ms.map(|milliseconds| milliseconds as f64 / 1000.0),
        }],
        ..Association::default()
    }
}

/// Another article.
fn named(rel: &'static str, id: Uuid, title: &str, locale: &str, page: Option<String>) -> Association {
    Association {
        name: title.to_owned(),
        rel,
        uri: uri(id),
        kind: "text",
        representation_type: "partial",
        language: Some(locale.to_owned()),
        headlines: vec![Text::plain("main", title)],
        renditions: page
            .into_iter()
            .map(|href| Rendition { name: "web".to_owned(), href, ..Rendition::default() })
            .collect(),
        ..Association::default()
    }
}
