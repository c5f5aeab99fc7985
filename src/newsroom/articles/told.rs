//! What a write tells beside the article as it then is: nothing goes without a word.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::Article;
use crate::text::{Players, Removed, is_bearable, removed};

/// An article as a write leaves it, and what became of what was written.
#[derive(Serialize, ToSchema)]
#[schema(as = ArticleAsWritten)]
pub struct Told {
    /// The article as it then is.
    pub data: Article,
    /// What became of what was written.
    pub meta: Outcome,
}

/// What became of what was written, where it is not kept as it came.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Outcome {
    /// What cleaning took away. At most twenty kinds are told apart.
    pub removed: Vec<Removal>,
    /// Pictures that came inside the body and are files of the library now, or were already.
    pub uploaded: Vec<Uploaded>,
}

/// Something that was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Removal {
    /// Where: a JSON pointer into what was written.
    #[schema(example = "/body")]
    pointer: &'static str,
    /// An element, or an attribute such as `onclick`; `markup` where the text was kept without all of its markup.
    #[schema(example = "iframe")]
    what: String,
    /// How often.
    #[schema(minimum = 1)]
    count: u32,
    /// The first of them: the beginning of its address, without characters that mean something in HTML.
    #[schema(example = "https://example.com/quang-cao")]
    sample: Option<String>,
    /// Why, where it could have been kept: of pictures inside a body `too_many`, `too_large`, `no_picture`, `damaged` or
    /// `forbidden`; of `markup` `too_deep`.
    reason: Option<&'static str>,
}

/// A picture that came inside the body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// Where: a JSON pointer into what was written.
    #[schema(example = "/body")]
    pointer: &'static str,
    /// The file that it is now.
    media_id: Uuid,
    /// The address that the body has for it.
    #[schema(example = "/media/01a20cb6-6a62-72d0-b72f-3033d6f4b10f/anh-dan.png?v=9f86d081884c7d65")]
    url: String,
}

impl Uploaded {
    /// A picture that is this file.
    pub fn of(media_id: Uuid, url: String) -> Self {
        Self { pointer: "/body", media_id, url }
    }
}

impl Removal {
    /// A picture inside a body that was not taken.
    pub fn of_picture(src: &str, reason: &'static str) -> Self {
        let kind: String = src.split([',', ';']).next().unwrap_or_default().chars().take(40).collect();
        let sample = kind.chars().filter(|c| c.is_ascii_alphanumeric() || ":/+-.".contains(*c)).collect();
        Self { pointer: "/body", what: "img".to_owned(), count: 1, sample: Some(sample), reason: Some(reason) }
    }
}

impl Outcome {
    /// What cleaning takes from a body, and what is told of pictures that came inside.
    pub fn of(body: &str, players: &Players, uploaded: Vec<Uploaded>, refused: Vec<Removal>) -> Self {
        let mut all: Vec<Removal> = Vec::new();
        for refusal in refused {
            match all.iter_mut().find(|known| known.reason == refusal.reason && known.sample == refusal.sample) {
                Some(known) => known.count += 1,
                None => all.push(refusal),
            }
        }
        let told = |Removed { what, count, sample }| Removal { pointer: "/body", what, count, sample, reason: None };
        if is_bearable(body) {
            all.extend(removed(body, players).into_iter().map(told));
        } else {
            let (what, reason) = ("markup".to_owned(), Some("too_deep"));
            all.push(Removal { pointer: "/body", what, count: 1, sample: None, reason });
        }
        let mut seen = HashSet::new();
        let uploaded = uploaded.into_iter().filter(|it| seen.insert(it.media_id)).collect();
        Self { removed: all, uploaded }
    }
}
