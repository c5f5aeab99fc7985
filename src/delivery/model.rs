//! What the public gets.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    files::{DeliveredFile, DeliveredPicture},
    search::highlight::Highlight,
};
use crate::{
    content::{AuthorRef, CategoryRef},
    content::{Seo, Source},
    http::reply::Linked,
};

/// What kind of article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArticleTypeName {
    /// What lists filter by.
    #[schema(example = "announcement")]
    pub(super) code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    pub(super) name: String,
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
    pub(super) locale: String,
    /// "Tiêu đề".
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    pub(super) title: String,
    /// "Tóm tắt".
    pub(super) summary: Option<String>,
    /// An http(s) URL that stands in for the body.
    pub(super) external_url: Option<String>,
    /// "Ngày xuất bản": the date to show.
    pub published_at: DateTime<Utc>,
    /// When it first became public.
    pub(super) first_published_at: DateTime<Utc>,
    /// When this text became public.
    pub(super) last_published_at: DateTime<Utc>,
    /// When it will disappear.
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// "Tin nổi bật".
    pub(super) featured: bool,
    /// "Tác giả".
    pub(super) author: Option<AuthorRef>,
    /// "Phân loại".
    pub(super) category: CategoryRef,
    /// "Loại bài viết".
    pub(super) article_type: ArticleTypeName,
    /// "Số Trang".
    pub(super) page_count: i32,
    /// "Số Ảnh".
    pub(super) photo_count: i32,
    /// "Từ khóa".
    pub(super) tags: Vec<String>,
    /// "Hình ảnh".
    pub(super) image: Option<DeliveredPicture>,
    /// "Hình ảnh mô tả".
    pub(super) description_image: Option<DeliveredPicture>,
    /// Where a republished item came from.
    pub(super) source: Option<Source>,
    /// For search engines.
    pub(super) seo: Option<Seo>,
    /// Its number in the list that this service replaced.
    pub(super) legacy_id: Option<i64>,
    /// The SharePoint content type.
    #[schema(example = "tin-tuc-mo-rong")]
    pub(super) content_type: &'static str,
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

/// A part that publication wrote as JSON; one that does not read is left out rather than shown broken.
pub(super) fn part<T: serde::de::DeserializeOwned>(stored: Option<Value>) -> Option<T> {
    stored.and_then(|stored| serde_json::from_value(stored).ok())
}

impl Linked for Card {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        for picture in [&mut self.image, &mut self.description_image].into_iter().flatten() {
            picture.each_link(visit);
        }
    }
}

impl Linked for Article {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.card.each_link(visit);
        self.related.each_link(visit);
        self.audio.iter_mut().for_each(|audio| audio.each_link(visit));
        self.attachments.each_link(visit);
    }
}

impl Translation {
    /// What a translation's card tells of it.
    pub(super) fn of(card: &Card) -> Self {
        Self { id: card.id, locale: card.locale.clone(), slug: card.slug.clone(), title: card.title.clone() }
    }
}
