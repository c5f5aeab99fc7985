//! What the public gets.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{Object, RefOr, Schema},
};
use uuid::Uuid;

use super::files::{DeliveredFile, DeliveredPicture};
use crate::{
    content::{AuthorRef, CategoryRef, Plain, joined_answer},
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

/// A published article in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Those fields that the public side has in a form of its own.
    #[serde(flatten)]
    pub own: OwnCard,
    /// Those that are alike in every form.
    #[serde(flatten)]
    pub plain: Plain,
}

crate::document_joined!(Card as "ArticleCard": joined_card [OwnCard, Plain]);

/// A published article in a list: without `body`, `related`, `audio` and `attachments`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnCard {
    /// Never changes (UUID v7).
    pub id: Uuid,
    /// What its address is made of; an earlier one redirects here.
    #[schema(example = "lich-tiep-cong-dan-thang-12")]
    pub slug: String,
    /// "Tiêu đề".
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    pub title: String,
    /// "Ngày xuất bản": the date to show.
    pub published_at: DateTime<Utc>,
    /// When it first became public.
    pub first_published_at: DateTime<Utc>,
    /// When this text became public.
    pub last_published_at: DateTime<Utc>,
    /// When it will disappear.
    pub expires_at: Option<DateTime<Utc>>,
    /// "Tác giả".
    pub author: Option<AuthorRef>,
    /// "Phân loại".
    pub category: CategoryRef,
    /// "Loại bài viết".
    pub article_type: ArticleTypeName,
    /// "Từ khóa".
    pub tags: Vec<String>,
    /// "Hình ảnh".
    pub image: Option<DeliveredPicture>,
    /// "Hình ảnh mô tả".
    pub description_image: Option<DeliveredPicture>,
    /// The SharePoint content type.
    #[schema(example = "tin-tuc-mo-rong")]
    pub content_type: &'static str,
    /// Where it has what was looked for; only in the results of a search (`q`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub highlight: Option<Highlight>,
}

/// Where an article has what was looked for: HTML in which `<mark>` is the only element. A part without any of it is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Highlight {
    /// The line above the title.
    pub kicker: Option<String>,
    /// The title.
    #[schema(example = "Phong trào <mark>Dân vận khéo</mark>")]
    pub title: Option<String>,
    /// The summary.
    pub summary: Option<String>,
    /// The place in the body that has most of it, about 200 characters.
    #[schema(example = "… mô hình <mark>dân vận khéo</mark> ở cơ sở …")]
    pub body: Option<String>,
}

fn joined_card<const N: usize>(parts: [RefOr<Schema>; N]) -> Object {
    let mut card = joined_answer(parts);
    if let Some(RefOr::T(Schema::Object(url))) = card.properties.get_mut("external_url") {
        // Readers are told what to do with it, not what the column was called.
        url.description = Some("An http(s) URL that stands in for the body.".to_owned());
    }
    card
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

impl Linked for Card {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        for picture in [&mut self.own.image, &mut self.own.description_image].into_iter().flatten() {
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
        let OwnCard { id, slug, title, .. } = &card.own;
        Self { id: *id, locale: card.plain.locale.clone(), slug: slug.clone(), title: title.clone() }
    }
}
