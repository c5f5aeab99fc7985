//! Cards: what lists show of an article.
//!
//! A card is written when its article is published, as the JSON that readers get ([`written()`]), and stands beside the copy.
//! What may be called otherwise by tomorrow is not in it: names of categories, types, authors and tags are added when it is
//! read. `docs/decisions/0024-cards-are-written-at-publication.md` says why.

mod model;
mod picture;
mod renew;

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use model::{ArticleTypeName, Fixed, Named, Notes};
pub use picture::{DeliveredPicture, ShownFile, of_version};
pub use renew::renew;

use crate::{
    content::{CONTENT_TYPE, Content, Correction, Picture, Plain},
    http::Problem,
};

/// The edition of the rules by which cards are written: one more with whatever makes another card of the same article
/// (a field, a rendition, an address). Those of before are written anew when they are read, and by the job `cards`.
pub const RULES: i16 = 2;

/// What a card is written from.
pub struct Source {
    /// The article.
    pub article: Uuid,
    /// Its slug.
    pub slug: String,
    /// The date to show.
    pub published_at: DateTime<Utc>,
    /// When it first became public.
    pub first_published_at: DateTime<Utc>,
    /// When this text became public.
    pub last_published_at: DateTime<Utc>,
    /// When it will disappear.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it says.
    pub says: Says,
}

/// What an article says in a card, as the copy stores it in `card`.
#[derive(Deserialize)]
pub struct Says {
    title: String,
    image: Option<Picture>,
    description_image: Option<Picture>,
    #[serde(flatten)]
    notes: Notes,
    #[serde(flatten)]
    plain: Plain,
}

impl Says {
    /// What a version says, and what its publication says beside it.
    pub fn of(content: &Content, notes: Notes) -> Self {
        let Content { title, image, description_image, plain, .. } = content;
        Self {
            title: title.clone().unwrap_or_default(),
            image: image.clone(),
            description_image: description_image.clone(),
            notes,
            plain: plain.clone(),
        }
    }

    /// The files that it shows.
    pub fn pictures(&self) -> Vec<Uuid> {
        [&self.image, &self.description_image].into_iter().flatten().map(|used| used.media_id).collect()
    }
}

#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    fixed: Fixed,
    #[serde(flatten)]
    plain: Plain,
}

/// The card: a JSON object, with those of its pictures that are among `files`.
///
/// # Errors
/// `internal` where it does not serialise.
pub fn written(source: Source, files: &HashMap<Uuid, ShownFile>) -> Result<String, Problem> {
    let Source { article, slug, published_at, first_published_at, last_published_at, expires_at, says } = source;
    let Says { title, image, description_image, notes: Notes { corrections, urgent_until }, plain } = says;
    let picture = |used: Picture| Some(DeliveredPicture::of(files.get(&used.media_id)?, used));
    let fixed = Fixed {
        id: article,
        slug,
        title,
        published_at: stored(published_at),
        first_published_at: stored(first_published_at),
        last_published_at: stored(last_published_at),
        expires_at: expires_at.map(stored),
        urgent_until: urgent_until.map(stored),
        corrections: corrections
            .into_iter()
            .map(|Correction { at, note }| Correction { at: stored(at), note })
            .collect(),
        image: image.and_then(picture),
        description_image: description_image.and_then(picture),
        content_type: CONTENT_TYPE,
    };
    serde_json::to_string(&Written { fixed, plain }).map_err(Problem::internal)
}

/// A moment as the database keeps it beside the card: to the microsecond.
fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
