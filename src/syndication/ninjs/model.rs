//! The parts of ninjs that a news item of this site has. What the standard leaves open (roles and relations) is said at each.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A news item (ninjs 3.3).
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = NinjsItem)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Which item: it never changes.
    #[schema(format = "uri", example = "urn:uuid:01a20cb6-6a62-72d0-b72f-3033d6f4b10f")]
    pub uri: String,
    /// What kind of news object.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    pub kind: &'static str,
    /// Whether all of it is here.
    #[schema(example = "full")]
    pub representation_type: &'static str,
    /// Which state of it: a number that only grows.
    #[schema(example = "1764230400000000")]
    pub version: String,
    /// When it first became public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_created: Option<DateTime<Utc>>,
    /// When it became public as it is, or was taken back.
    pub version_created: DateTime<Utc>,
    /// The date to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub content_created: Option<DateTime<Utc>>,
    /// `usable`; `canceled` for one that was taken back and is to be removed wherever it was copied to.
    #[schema(example = "usable")]
    pub pub_status: &'static str,
    /// 1 for one that was published as urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 9)]
    pub urgency: Option<u8>,
    /// To the newsroom that gets it: what was put right, or why it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ed_note: Option<String>,
    /// As a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "vi")]
    pub language: Option<String>,
    /// The title (`main`), the line above it (`kicker`), the title for search engines (`seo`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Text>,
    /// What it is about (`summary`), the same for search engines (`seo`), and what was put right (`correction`), newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Text>,
    /// The text (`main`), as HTML with absolute addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<Body>,
    /// Who signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<String>,
    /// The slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub slugline: Option<String>,
    /// The category (`category`), those above it from the nearest to the top (`broader`), and the tags (`keyword`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// The article type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<Genre>,
    /// Where a republished item came from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub info_sources: Vec<InfoSource>,
    /// Where people read it (`web`), and what stands in for its text (`external`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// What belongs to it: pictures (`picture`, `illustration`), the recording (`audio`), files (`attachment`), other articles
    /// (`related`), and itself in other languages (`translation`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub associations: Vec<Association>,
    /// The id by itself (`id`), and that in the list which this service replaced (`legacy`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alt_ids: Vec<AltId>,
    /// When it will disappear.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires: Option<DateTime<Utc>>,
    /// What this is.
    pub standard: Standard,
}

/// A piece of text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsText)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// What it is for.
    pub role: &'static str,
    /// What it is written in.
    #[schema(example = "text/plain")]
    pub content_type: &'static str,
    /// The text.
    pub value: String,
}

/// The text of an article.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsBody)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    /// What it is for.
    pub role: &'static str,
    /// What it is written in.
    #[schema(example = "text/html")]
    pub content_type: &'static str,
    /// Its characters, without markup.
    #[schema(minimum = 0)]
    pub char_count: usize,
    /// Its words: in Vietnamese, its syllables.
    #[schema(minimum = 0)]
    pub word_count: usize,
    /// The text.
    pub value: String,
}

/// What an item is filed under.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsSubject)]
pub struct Subject {
    /// What readers see.
    pub name: String,
    /// What it is to the item.
    pub rel: &'static str,
    /// Which category: it never changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub uri: Option<String>,
    /// The slug of a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub literal: Option<String>,
}

/// What kind of article it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsGenre)]
pub struct Genre {
    /// What readers see.
    pub name: String,
    /// The code.
    pub literal: String,
}

/// Where an item came from.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsInfoSource)]
pub struct InfoSource {
    /// The publisher.
    pub name: String,
    /// What it did: `originator`.
    pub role: &'static str,
    /// The original.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub uri: Option<String>,
}

/// Where bytes are.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = NinjsRendition)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// What it is for: `original`, a preset and format (`card.webp`), `web`, `external`.
    pub name: String,
    /// Where it is.
    #[schema(format = "uri")]
    pub href: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub content_type: Option<String>,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub width: Option<i64>,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub height: Option<i64>,
    /// How large it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub size_in_bytes: Option<i64>,
    /// How long it plays, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub duration: Option<f64>,
}

/// What belongs to an item.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = NinjsAssociation)]
#[serde(rename_all = "camelCase")]
pub struct Association {
    /// What it is called.
    pub name: String,
    /// What it is to the item.
    pub rel: &'static str,
    /// Which: it never changes.
    #[schema(format = "uri")]
    pub uri: String,
    /// What kind of news object.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether all of it is here.
    pub representation_type: &'static str,
    /// As a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
    /// The title of an article (`main`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Text>,
    /// What a picture shows (`alt`), the line beneath it (`caption`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Text>,
    /// Where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
}

/// Another name of an item.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsAltId)]
pub struct AltId {
    /// Whose.
    pub role: &'static str,
    /// The name.
    pub value: String,
}

/// The standard that an item is of.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NinjsStandard)]
pub struct Standard {
    /// Its name.
    #[schema(example = "ninjs")]
    pub name: &'static str,
    /// Its version.
    #[schema(example = "3.3")]
    pub version: &'static str,
    /// Its schema.
    #[schema(format = "uri")]
    pub schema: &'static str,
}

impl Default for Standard {
    fn default() -> Self {
        Self { name: "ninjs", version: "3.3", schema: "http://www.iptc.org/std/ninjs/ninjs-schema_3.3.json#" }
    }
}

impl Text {
    /// Plain text for this.
    pub fn plain(role: &'static str, value: &str) -> Self {
        Self { role, content_type: "text/plain", value: value.to_owned() }
    }
}
