//! The two halves of a card: what stays as it was published, and what is named when it is read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::DeliveredPicture;
use crate::content::{AuthorRef, CategoryRef, Correction};

/// A published article in a list: without `body`, `related`, `audio` and `attachments`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Fixed {
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
    /// Until when it is urgent, or was.
    pub urgent_until: Option<DateTime<Utc>>,
    /// What was wrong in what was public of it before, newest first.
    pub corrections: Vec<Correction>,
    /// "Hình ảnh".
    pub image: Option<DeliveredPicture>,
    /// "Hình ảnh mô tả".
    pub description_image: Option<DeliveredPicture>,
    /// The SharePoint content type.
    #[schema(example = "tin-tuc-mo-rong")]
    pub content_type: &'static str,
}

/// What a publication says beside its version. With the version's own fields it is what a copy keeps of its card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// What was wrong in what was public of the article before, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// Until when it is urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent_until: Option<DateTime<Utc>>,
}

impl Notes {
    /// What a copy keeps of its card, with these.
    pub fn beside(&self, mut card: Value) -> Value {
        if let (Value::Object(card), Ok(Value::Object(notes))) = (&mut card, serde_json::to_value(self)) {
            card.extend(notes);
        }
        card
    }
}

/// What it is filed under and signed with, by the names of now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Named<'a> {
    /// "Tác giả".
    pub author: Option<&'a AuthorRef>,
    /// "Phân loại".
    pub category: &'a CategoryRef,
    /// "Loại bài viết".
    pub article_type: &'a ArticleTypeName,
    /// "Từ khóa".
    pub tags: Vec<&'a str>,
}

/// What kind of article.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArticleTypeName {
    /// What lists filter by.
    #[schema(example = "announcement")]
    pub code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    pub name: String,
}
