//! The fields that an article has alike in every form: written, stored, answered to editors, delivered. Each is named
//! here and nowhere else; all forms hold a [`Plain`] and pass it on whole.
//!
//! A new one takes a line in [`Plain`], a line with its limits in [`PlainInput`], and two in [`PlainInput::cleaned`],
//! which does not compile without them.

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{
    ToSchema,
    openapi::{Object, RefOr, Schema},
};

use super::{Errors, Seo, Source};
use crate::{
    http::{joined::joined, text},
    text::{is_blank, plain},
};

/// These fields, as they are kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plain {
    /// The language, as a BCP 47 tag.
    #[schema(example = "vi")]
    pub locale: String,
    /// The line above the title ("dòng dẫn trên tiêu đề").
    pub kicker: Option<String>,
    /// "Tóm tắt".
    pub summary: Option<String>,
    /// "Link thay thế nội dung".
    pub external_url: Option<String>,
    /// "Tin nổi bật".
    pub featured: bool,
    /// "Số Trang".
    pub page_count: i32,
    /// "Số Ảnh".
    pub photo_count: i32,
    /// Where a republished item came from.
    pub source: Option<Source>,
    /// For search engines.
    pub seo: Option<Seo>,
    /// Its number in the list that this service replaced.
    pub legacy_id: Option<i64>,
}

/// The same fields as they are written, with their limits.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct PlainInput {
    /// The language, as a BCP 47 tag.
    #[serde(default = "vietnamese")]
    #[schema(pattern = "^[a-z]{2,3}(-[A-Z]{2})?$", default = "vi", example = "vi")]
    pub locale: String,
    /// The line above the title: plain text.
    #[schema(max_length = 120, example = "Phòng, chống thiên tai")]
    pub kicker: Option<String>,
    /// Plain text.
    #[schema(max_length = 1000, example = "Thường trực UBND tỉnh tiếp công dân vào ngày 15 hằng tháng.")]
    pub summary: Option<String>,
    /// An http(s) URL that stands in for the body.
    #[schema(max_length = 2000, example = "https://congbao.example/van-ban/12")]
    pub external_url: Option<String>,
    /// To be shown prominently.
    #[serde(default)]
    #[schema(default = false)]
    pub featured: bool,
    /// Pages; the royalty is worked out from it.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000, default = 0)]
    pub page_count: i32,
    /// Photos; the royalty is worked out from it.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000, default = 0)]
    pub photo_count: i32,
    /// Where a republished item came from.
    pub source: Option<Source>,
    /// For search engines.
    pub seo: Option<Seo>,
    /// Its number in the list that this service replaced.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub legacy_id: Option<i64>,
}

fn vietnamese() -> String {
    "vi".to_owned()
}

/// The order in which the OpenAPI document has always listed the fields that are never left out: sets, to its readers,
/// but a set that moves is a change to whoever compares documents. New fields come behind.
const ORDER: [&str; 15] = [
    "id",
    "slug",
    "locale",
    "title",
    "published_at",
    "first_published_at",
    "last_published_at",
    "featured",
    "category",
    "article_type",
    "page_count",
    "photo_count",
    "tags",
    "translations",
    "content_type",
];

/// One object of these parts for the OpenAPI document, see [`joined`].
pub fn joined_answer<const N: usize>(parts: [RefOr<Schema>; N]) -> Object {
    let mut whole = joined(parts);
    let place = |name: &String| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len());
    whole.required.sort_by_key(place);
    whole
}

impl Plain {
    /// Nothing, in this language.
    pub fn blank(locale: &str) -> Self {
        Self {
            locale: locale.to_owned(),
            kicker: None,
            summary: None,
            external_url: None,
            featured: false,
            page_count: 0,
            photo_count: 0,
            source: None,
            seo: None,
            legacy_id: None,
        }
    }
}

impl PlainInput {
    /// What is kept of it; beyond the schema's limits, what is wrong with it goes to `errors`.
    pub fn cleaned(self, errors: &mut Errors) -> Plain {
        let Self { locale, kicker, summary, external_url, featured, page_count, photo_count, source, seo, legacy_id } =
            self;
        let kicker = kicker.map(|kicker| plain(&kicker)).filter(|kicker| !is_blank(kicker));
        errors.line("/kicker", kicker.as_deref(), 120);
        let summary = summary.filter(|summary| !is_blank(summary));
        errors.no_markup("/summary", summary.as_deref());
        let published_elsewhere = source.as_ref().and_then(|source| source.url.as_deref());
        for (pointer, url) in [("/external_url", external_url.as_deref()), ("/source/url", published_elsewhere)] {
            if url.is_some_and(|url| !is_web_url(url)) {
                errors.push(pointer, "invalid_format", text("format-uri"));
            }
        }
        Plain { locale, kicker, summary, external_url, featured, page_count, photo_count, source, seo, legacy_id }
    }
}

fn is_web_url(url: &str) -> bool {
    let overlooked = |c: char| c.is_whitespace() || c.is_control();
    !url.contains(overlooked)
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
