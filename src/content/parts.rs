//! What the fields of an article are made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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

/// What was wrong in what an article said in public, as its readers are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// When the corrected text became public.
    pub at: DateTime<Utc>,
    /// Plain text.
    #[schema(min_length = 1, max_length = 1000, example = "Bản trước ghi sai ngày tiếp công dân: đúng là ngày 15.")]
    pub note: String,
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
