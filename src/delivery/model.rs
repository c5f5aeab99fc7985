//! What the public gets.

use chrono::{DateTime, Utc};
use diesel::Queryable;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    media::{DeliveredFile, DeliveredPicture, Files},
    search::highlight::Highlight,
};
use crate::{
    content::{CONTENT_TYPE, Picture, Seo, Source},
    taxonomy::{AuthorRef, CategoryRef},
};

/// What kind of article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArticleTypeName {
    /// What lists filter by.
    #[schema(example = "announcement")]
    code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    name: String,
}

/// A published article in a list: without `body`, `related`, `audio` and `attachments`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ArticleCard)]
pub struct Card {
    /// Never changes (UUID v7).
    pub id: Uuid,
    /// What its address is made of; an earlier one redirects here.
    #[schema(example = "lich-tiep-cong-dan-thang-12")]
    pub slug: String,
    /// The language, as a BCP 47 tag.
    #[schema(example = "vi")]
    locale: String,
    /// "Tiêu đề".
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    pub(super) title: String,
    /// "Tóm tắt".
    pub(super) summary: Option<String>,
    /// An http(s) URL that stands in for the body.
    external_url: Option<String>,
    /// "Ngày xuất bản": the date to show.
    pub published_at: DateTime<Utc>,
    /// When it first became public.
    first_published_at: DateTime<Utc>,
    /// When this text became public.
    last_published_at: DateTime<Utc>,
    /// When it will disappear.
    expires_at: Option<DateTime<Utc>>,
    /// "Tin nổi bật".
    featured: bool,
    /// "Tác giả".
    author: Option<AuthorRef>,
    /// "Phân loại".
    category: CategoryRef,
    /// "Loại bài viết".
    article_type: ArticleTypeName,
    /// "Số Trang".
    page_count: i32,
    /// "Số Ảnh".
    photo_count: i32,
    /// "Từ khóa".
    pub(super) tags: Vec<String>,
    /// "Hình ảnh".
    image: Option<DeliveredPicture>,
    /// "Hình ảnh mô tả".
    description_image: Option<DeliveredPicture>,
    /// Where a republished item came from.
    source: Option<Source>,
    /// For search engines.
    seo: Option<Seo>,
    /// Its number in the list that this service replaced.
    legacy_id: Option<i64>,
    /// The SharePoint content type.
    #[schema(example = "tin-tuc-mo-rong")]
    content_type: &'static str,
    /// Where it has what was looked for; only in the results of a search (`q`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) highlight: Option<Highlight>,
}

/// The same article in another language.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Translation {
    /// The article.
    id: Uuid,
    /// Its language.
    #[schema(example = "en")]
    locale: String,
    /// Its slug.
    slug: String,
    /// Its title.
    title: String,
}

/// A published article.
#[derive(Serialize, ToSchema)]
#[schema(as = Article)]
pub struct Article {
    #[serde(flatten)]
    pub(super) card: Card,
    /// "Nội dung": cleaned HTML.
    pub(super) body: Option<String>,
    /// "Tin liên quan": those that are public.
    pub(super) related: Vec<Card>,
    /// The same article in other languages, as far as it is public.
    pub(super) translations: Vec<Translation>,
    /// "Audio": the read-aloud recording.
    pub(super) audio: Option<DeliveredFile>,
    /// "Attachments".
    pub(super) attachments: Vec<DeliveredFile>,
}

/// A row of the published articles, for a card.
#[derive(Queryable)]
pub struct CardRow {
    identity: (Uuid, Uuid, String, String),
    text: (String, Option<String>, Option<String>),
    dates: (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>),
    counts: (bool, i32, i32, Option<i64>),
    filed: (Uuid, String, String, String, String),
    author: (Option<Uuid>, Option<String>),
    parts: (Option<Value>, Option<Value>, Option<Value>, Option<Value>),
}

impl CardRow {
    /// The publication whose tags the card shows.
    pub fn publication(&self) -> Uuid {
        self.identity.0
    }

    /// The pictures that the card shows.
    pub fn pictures(&self) -> [Option<Picture>; 2] {
        [part(self.parts.0.clone()), part(self.parts.1.clone())]
    }

    /// The card, with its tags and the files it shows.
    pub fn complete(self, tags: Vec<String>, files: &Files) -> Card {
        let [image, description_image] = self.pictures();
        let (_, id, slug, locale) = self.identity;
        let (title, summary, external_url) = self.text;
        let (published_at, first_published_at, last_published_at, expires_at) = self.dates;
        let (featured, page_count, photo_count, legacy_id) = self.counts;
        let (category_id, category_slug, category_name, type_code, type_name) = self.filed;
        let (_, _, source, seo) = self.parts;
        Card {
            id,
            slug,
            locale,
            title,
            summary,
            external_url,
            published_at,
            first_published_at,
            last_published_at,
            expires_at,
            featured,
            author: self.author.0.zip(self.author.1).map(|(id, name)| AuthorRef { id, name }),
            category: CategoryRef { id: category_id, slug: category_slug, name: category_name },
            article_type: ArticleTypeName { code: type_code, name: type_name },
            page_count,
            photo_count,
            tags,
            image: image.and_then(|picture| files.picture(picture)),
            description_image: description_image.and_then(|picture| files.picture(picture)),
            source: part(source),
            seo: part(seo),
            legacy_id,
            content_type: CONTENT_TYPE,
            highlight: None,
        }
    }
}

/// A part that publication wrote as JSON; one that does not read is left out rather than shown broken.
pub(super) fn part<T: serde::de::DeserializeOwned>(stored: Option<Value>) -> Option<T> {
    stored.and_then(|stored| serde_json::from_value(stored).ok())
}

impl Translation {
    /// What a translation's card tells of it.
    pub(super) fn of(card: &Card) -> Self {
        Self { id: card.id, locale: card.locale.clone(), slug: card.slug.clone(), title: card.title.clone() }
    }
}
