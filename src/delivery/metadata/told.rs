//! What metadata are made of: what a card says, and the settings of the site.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    content::{AuthorRef, CategoryRef, Correction, Seo},
    delivery::files::DeliveredFile,
    http::Canonical,
};

/// Who publishes, as far as that was set.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// What it is called.
    pub name: Option<String>,
    /// Where its sign is.
    pub logo: Option<String>,
}

/// What of a card is told.
#[derive(Deserialize)]
pub(super) struct Told {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub summary: Option<String>,
    pub seo: Option<Seo>,
    pub published_at: DateTime<Utc>,
    pub last_published_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub locale: String,
    pub category: CategoryRef,
    pub author: Option<AuthorRef>,
    pub tags: Vec<String>,
    pub image: Option<Picture>,
    pub description_image: Option<Picture>,
    pub corrections: Vec<Correction>,
}

/// A picture, and itself in other sizes.
#[derive(Deserialize)]
pub(super) struct Picture {
    pub url: String,
    pub mime_type: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub alt: Option<String>,
    pub caption: Option<String>,
    #[serde(default)]
    pub renditions: Vec<Rendition>,
}

#[derive(Deserialize)]
pub(super) struct Rendition {
    pub preset: String,
    pub url: String,
    pub mime_type: String,
    pub width: i32,
    pub height: i32,
}

impl Told {
    /// What machines are told instead of the title, if anything is.
    pub fn headline(&self) -> &str {
        self.seo.as_ref().and_then(|seo| seo.title.as_deref()).unwrap_or(&self.title)
    }

    /// The same for the summary.
    pub fn description(&self) -> Option<&str> {
        self.seo.as_ref().and_then(|seo| seo.description.as_deref()).or(self.summary.as_deref())
    }

    /// The picture to show.
    pub fn picture(&self) -> Option<&Picture> {
        self.image.as_ref().or(self.description_image.as_ref())
    }
}

impl Picture {
    /// It as it is cut for sharing, in the format that everybody reads.
    pub fn to_share(&self) -> Option<&Rendition> {
        self.renditions.iter().find(|one| one.preset == "share" && one.mime_type == "image/jpeg")
    }
}

/// All that metadata is made of.
pub(super) struct Source<'a> {
    pub told: &'a Told,
    /// Whether a person signed.
    pub by_person: bool,
    pub audio: Option<&'a DeliveredFile>,
    pub address: &'a str,
    pub canonical: &'a Canonical,
    pub publisher: &'a Publisher,
}
