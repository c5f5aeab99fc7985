//! An article as search engines read it: schema.org's `NewsArticle`, in JSON-LD.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::told::{Picture, Publisher, Source};

/// An article in JSON-LD.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewsArticleInJsonLd)]
pub struct NewsArticle {
    /// The vocabulary.
    #[serde(rename = "@context")]
    #[schema(example = "https://schema.org")]
    context: &'static str,
    /// What it is.
    #[serde(rename = "@type")]
    #[schema(example = "NewsArticle")]
    kind: &'static str,
    /// The page that it is the subject of.
    main_entity_of_page: Page,
    /// The same address.
    url: String,
    /// Its title for search engines, or its title.
    headline: String,
    /// Its description for search engines, or its summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Its picture: as it is, and as it is cut for sharing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    image: Vec<Image>,
    /// Its date.
    date_published: DateTime<Utc>,
    /// When this text became public.
    date_modified: DateTime<Utc>,
    /// When it will disappear.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires: Option<DateTime<Utc>>,
    /// Who signed it; where nobody did, who publishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    author: Option<Agent>,
    /// Who publishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    publisher: Option<Agent>,
    /// Its category.
    article_section: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    keywords: Vec<String>,
    /// Its language.
    #[schema(example = "vi")]
    in_language: String,
    /// Always: nobody pays for it.
    is_accessible_for_free: bool,
    /// What was wrong in it before, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    correction: Vec<CorrectionComment>,
    /// It read aloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    audio: Option<Audio>,
}

/// A page.
#[derive(Serialize, ToSchema)]
#[schema(as = PageInJsonLd)]
struct Page {
    /// What it is.
    #[serde(rename = "@type")]
    #[schema(example = "WebPage")]
    kind: &'static str,
    /// Where.
    #[serde(rename = "@id")]
    id: String,
}

/// A picture.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = ImageInJsonLd)]
struct Image {
    /// What it is.
    #[serde(rename = "@type")]
    #[schema(example = "ImageObject")]
    kind: &'static str,
    /// Where.
    url: String,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    width: Option<i32>,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    height: Option<i32>,
    /// The line beneath it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    caption: Option<String>,
}

/// Somebody who wrote or publishes.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = AgentInJsonLd)]
struct Agent {
    /// `Person` or `Organization`.
    #[serde(rename = "@type")]
    #[schema(example = "Organization")]
    kind: &'static str,
    /// The name.
    name: String,
    /// The publisher's sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    logo: Option<Image>,
}

/// What was wrong, and was put right.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CorrectionInJsonLd)]
struct CorrectionComment {
    /// What it is.
    #[serde(rename = "@type")]
    #[schema(example = "CorrectionComment")]
    kind: &'static str,
    /// What was wrong.
    text: String,
    /// When it was put right.
    date_published: DateTime<Utc>,
}

/// A recording.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AudioInJsonLd)]
struct Audio {
    /// What it is.
    #[serde(rename = "@type")]
    #[schema(example = "AudioObject")]
    kind: &'static str,
    /// Where.
    content_url: String,
    /// What kind of file.
    #[schema(example = "audio/mpeg")]
    encoding_format: String,
    /// How long it plays (ISO 8601).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT95.4S")]
    duration: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
}

impl NewsArticle {
    pub(super) fn of(source: &Source<'_>) -> Self {
        let Source { told, by_person, audio, address, canonical, publisher } = *source;
        let publisher = Agent::publisher(publisher, source);
        let signed = told.author.as_ref().map(|author| Agent::author(&author.name, by_person));
        Self {
            context: "https://schema.org",
            kind: "NewsArticle",
            main_entity_of_page: Page { kind: "WebPage", id: address.to_owned() },
            url: address.to_owned(),
            headline: told.headline().to_owned(),
            description: told.description().map(str::to_owned),
            image: told.picture().map(|picture| images(picture, source)).unwrap_or_default(),
            date_published: told.published_at,
            date_modified: told.last_published_at,
            expires: told.expires_at,
            author: signed.or_else(|| publisher.as_ref().map(|publisher| Agent { logo: None, ..publisher.clone() })),
            publisher,
            article_section: told.category.name.clone(),
            keywords: told.tags.clone(),
            in_language: told.locale.clone(),
            is_accessible_for_free: true,
            correction: told
                .corrections
                .iter()
                .map(|one| CorrectionComment {
                    kind: "CorrectionComment",
                    text: one.note.clone(),
                    date_published: one.at,
                })
                .collect(),
            audio: audio.map(|audio| Audio {
                kind: "AudioObject",
                content_url: canonical.link(&audio.url),
                encoding_format: audio.mime_type.clone(),
                duration: audio.duration_ms.map(duration),
                name: audio.title.clone(),
            }),
        }
    }
}

impl Agent {
    /// Who publishes, if that was set.
    fn publisher(publisher: &Publisher, source: &Source<'_>) -> Option<Self> {
        let logo = publisher.logo.as_deref().map(|logo| Image::at(source.canonical.link(logo)));
        Some(Self { kind: "Organization", name: publisher.name.clone()?, logo })
    }

    /// A byline: a person's where an account signs so, else that of an office, as most are.
    fn author(name: &str, is_person: bool) -> Self {
        Self { kind: if is_person { "Person" } else { "Organization" }, name: name.to_owned(), logo: None }
    }
}

impl Image {
    fn at(url: String) -> Self {
        Self { kind: "ImageObject", url, width: None, height: None, caption: None }
    }
}

fn images(picture: &Picture, source: &Source<'_>) -> Vec<Image> {
    let whole = Image {
        width: picture.width,
        height: picture.height,
        caption: picture.caption.clone(),
        ..Image::at(source.canonical.link(&picture.url))
    };
    let cut = picture.to_share().map(|cut| Image {
        width: Some(cut.width),
        height: Some(cut.height),
        caption: picture.caption.clone(),
        ..Image::at(source.canonical.link(&cut.url))
    });
    std::iter::once(whole).chain(cut).collect()
}

/// So many milliseconds in the form of ISO 8601.
fn duration(ms: i64) -> String {
    match ms % 1000 {
        0 => format!("PT{}S", ms / 1000),
        rest => format!("PT{}.{}S", ms / 1000, format!("{rest:03}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds() {
        assert_eq!(
            [0, 1000, 95_400, 3_600_001, 50].map(duration),
            ["PT0S", "PT1S", "PT95.4S", "PT3600.001S", "PT0.05S"]
        );
    }
}
