//! The readable part of an address: `Đại hội Đảng` is found at `dai-hoi-dang`.

use std::fmt;
use std::str::FromStr;

use any_ascii::any_ascii_char;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;
use uuid::Uuid;

use super::normal::is_ignorable;

/// The longest slug there can be, in characters.
pub const MAX_LENGTH: usize = 120;

/// The longest slug made from a title. The rest of [`MAX_LENGTH`] is room for a number.
const MADE_LENGTH: usize = 100;

/// What a title without a single letter or digit is called ("article").
const FALLBACK: &str = "bai-viet";

/// Set before a slug that would otherwise be taken for something else ("news").
const RESERVED_PREFIX: &str = "tin-";

/// Words that stand for something in the addresses of this service, or that frontends commonly keep at their root.
const RESERVED: &[&str] = &[
    "admin",
    "api",
    "archive",
    "article-types",
    "articles",
    "auth",
    "authors",
    "batch",
    "categories",
    "docs",
    "feed",
    "feeds",
    "health",
    "legacy",
    "login",
    "logout",
    "manage",
    "media",
    "metrics",
    "most-viewed",
    "ninjs",
    "openapi",
    "others",
    "related",
    "robots",
    "rss",
    "search",
    "sitemap",
    "sitemap-news",
    "static",
    "stream",
    "suggest",
    "sync",
    "tags",
    "trash",
    "views",
];

/// A slug: lower-case ASCII letters and digits, in words joined by single hyphens, 1 to 120 characters.
///
/// Never a word that a route is called by, and never anything that reads as a UUID, so that in `articles/{id-or-slug}`
/// there is no doubt which of the two it is. Being unique is the database's business; [`Slug::numbered`] gives the
/// next candidate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 120, example = "dai-hoi-dang")]
pub struct Slug(String);

/// Why a text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Empty, or longer than [`MAX_LENGTH`].
    #[error("a slug has 1 to 120 characters")]
    Length,
    /// Something else than words of `a-z0-9` joined by single hyphens.
    #[error("a slug is made of a-z, 0-9 and single hyphens between them")]
    Shape,
    /// The name of a route, or a UUID.
    #[error("this word is reserved")]
    Reserved,
}

impl Slug {
    /// The slug of a title or a name; always a valid one, and a slug gives itself.
    ///
    /// Letters of any script are transliterated, a Vietnamese one to its base letter in either normal form (`đ` to `d`,
    /// `ơ` to `o`). Marks, apostrophes and invisible characters vanish (`H'Mông` gives `hmong`); everything else, emoji
    /// included, separates words. Cut between words at 100 characters. A text without letters or digits gives
    /// `bai-viet`; a reserved one gets the prefix `tin-`.
    pub fn from_text(text: &str) -> Slug {
        let words = transliterate(text);
        let mut slug = match cut(&words, MADE_LENGTH) {
            "" => FALLBACK.to_owned(),
            kept => kept.to_owned(),
        };
        // A slug that is valid as it stands is its own, also where it is longer than those made here.
        if text == words && text.len() <= MAX_LENGTH && !text.is_empty() {
            slug = words;
        }
        if is_reserved(&slug) {
            slug.insert_str(0, RESERVED_PREFIX);
        }
        Slug(slug)
    }

    /// The same slug with a number, for when it is taken: `dai-hoi-dang-2`. Shortened between words where needed.
    pub fn numbered(&self, n: u32) -> Slug {
        let suffix = format!("-{n}");
        // Room for any number: so all numbered forms of a slug have the same stem, and are found together.
        let stem = cut(&self.0, MAX_LENGTH - "-4294967295".len());
        Slug(format!("{stem}{suffix}"))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words of `a-z0-9` joined by single hyphens, of any length, perhaps none.
fn transliterate(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let mut gap = false;
    // Composed first: a letter and its marks are one letter to the tables.
    for c in text.nfc() {
        if is_combining_mark(c) || is_ignorable(c) || matches!(c, '\'' | '’' | 'ʼ' | '\u{200C}' | '\u{200D}') {
            continue;
        }
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        let mut buffer = [0; 4];
        let ascii = if c.is_ascii() { &*c.encode_utf8(&mut buffer) } else { any_ascii_char(c) };
        for c in ascii.chars() {
            if !c.is_ascii_alphanumeric() {
                gap = true;
                continue;
            }
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.push(c.to_ascii_lowercase());
        }
    }
    slug
}

/// The longest beginning of at most `limit` characters that ends with a word; a word longer than that is cut.
fn cut(slug: &str, limit: usize) -> &str {
    if slug.len() <= limit {
        return slug;
    }
    // ASCII throughout, so bytes are characters.
    match slug[..=limit].rfind('-') {
        Some(end) => &slug[..end],
        None => &slug[..limit],
    }
}

fn is_reserved(slug: &str) -> bool {
    RESERVED.contains(&slug) || Uuid::parse_str(slug).is_ok()
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(SlugError::Length);
        }
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !text.split('-').all(is_word) {
            return Err(SlugError::Shape);
        }
        if is_reserved(&text) {
            return Err(SlugError::Reserved);
        }
        Ok(Slug(text))
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
