//! The content type "Tin Tức Mở Rộng" (DESIGN §2): what an article says, as a version keeps it.
//! Both sides know these types; where an article stands is not among them.

mod media;
mod refs;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

pub use media::MediaRef;
pub use refs::{ArticleTypeRef, AuthorRef, CategoryRef, UserRef};

/// The SharePoint content type that this replaces.
pub const CONTENT_TYPE: &str = "tin-tuc-mo-rong";

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A full snapshot of what an editor writes; other things are named by id. Kept as JSON in `article_versions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// "Tiêu đề".
    pub title: Option<String>,
    /// Unique site-wide.
    pub slug: Option<String>,
    /// "Tóm tắt": plain text.
    pub summary: Option<String>,
    /// "Nội dung": cleaned HTML.
    pub body: Option<String>,
    /// "Link thay thế nội dung".
    pub external_url: Option<String>,
    /// "Ngày xuất bản": the editor's date.
    pub published_at: Option<DateTime<Utc>>,
    /// "Tin nổi bật".
    pub featured: bool,
    /// "Tác giả".
    pub author: Option<Uuid>,
    /// "Phân loại".
    pub category: Option<Uuid>,
    /// "Loại bài viết": its code.
    pub article_type: Option<String>,
    /// "Số Trang".
    pub page_count: i32,
    /// "Số Ảnh".
    pub photo_count: i32,
    /// "Từ khóa", in order.
    pub tags: Vec<Uuid>,
    /// "Tin liên quan", in order.
    pub related: Vec<Uuid>,
    /// The same article in other languages.
    pub translations: Vec<Uuid>,
    /// BCP 47.
    pub locale: String,
    /// Where a republished item came from.
    pub source: Option<Source>,
    /// For search engines.
    pub seo: Option<Seo>,
    /// Its number in the SharePoint list.
    pub legacy_id: Option<i64>,
    /// "Hình ảnh".
    pub image: Option<Picture>,
    /// "Hình ảnh mô tả".
    pub description_image: Option<Picture>,
    /// "Audio".
    pub audio: Option<MediaUse>,
    /// "Attachments", in order.
    pub attachments: Vec<MediaUse>,
}

impl Content {
    /// Reads a stored snapshot.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn from_stored(stored: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(stored)
    }

    /// The form that is stored.
    pub fn to_stored(&self) -> Value {
        // Strings, numbers and ids: there is nothing that JSON could not hold.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The names of the fields in which two snapshots differ, as clients know them.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (Value::Object(these), Value::Object(those)) = (self.to_stored(), other.to_stored()) else {
            return Vec::new();
        };
        these.into_iter().filter(|(name, value)| those.get(name) != Some(value)).map(|(name, _)| name).collect()
    }
}

/// A picture and what is said of it here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// The file, from the media library.
    pub media_id: Uuid,
    /// What the picture shows, for those who do not see it. Required at `submit`.
    #[serde(default)]
    #[schema(max_length = 500, example = "Bộ phận một cửa của tỉnh")]
    pub alt: Option<String>,
    /// The line beneath it.
    #[serde(default)]
    #[schema(max_length = 500, example = "Người dân làm thủ tục tại bộ phận một cửa")]
    pub caption: Option<String>,
}

/// A file and its title here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaUse {
    /// The file, from the media library.
    pub media_id: Uuid,
    /// What readers see.
    #[serde(default)]
    #[schema(max_length = 300, example = "Toàn văn kế hoạch")]
    pub title: Option<String>,
}

/// Where a republished item came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The publisher.
    #[schema(min_length = 1, max_length = 200, example = "Cổng thông tin Chính phủ")]
    pub name: String,
    /// The original, an http(s) URL.
    #[serde(default)]
    #[schema(max_length = 2000, example = "https://chinhphu.example/tin/1")]
    pub url: Option<String>,
}

/// For search engines, where it should differ from what readers see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seo {
    /// Instead of the title.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub title: Option<String>,
    /// Instead of the summary.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
}
