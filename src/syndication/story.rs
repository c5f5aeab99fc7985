//! An article as it is passed on: read from what readers get of it, with absolute addresses, whatever form it then takes.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::{ParseError, Url};
use uuid::Uuid;

use crate::{
    content::{AuthorRef, CategoryRef, Correction, Seo, Source},
    delivery::{model::Card, store::Rest},
    http::{Addressed, Canonical, Problem, reply::Linked},
    text::with_addresses,
};

/// What a card says.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "the fields of a card")]
pub struct Story {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub kicker: Option<String>,
    pub summary: Option<String>,
    pub locale: String,
    pub legacy_id: Option<i64>,
    pub published_at: DateTime<Utc>,
    pub first_published_at: DateTime<Utc>,
    pub last_published_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Until when it is urgent, or was.
    #[serde(default)]
    pub urgent_until: Option<DateTime<Utc>>,
    pub author: Option<AuthorRef>,
    pub category: CategoryRef,
    pub article_type: Kind,
    pub tags: Vec<String>,
    pub image: Option<Picture>,
    pub description_image: Option<Picture>,
    pub external_url: Option<String>,
    pub source: Option<Source>,
    pub seo: Option<Seo>,
    /// What was put right since, newest first.
    #[serde(default)]
    pub corrections: Vec<Correction>,
}

/// What kind of article it is.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "the fields of an article type")]
pub struct Kind {
    pub code: String,
    pub name: String,
}

/// A picture.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "the fields of a picture")]
pub struct Picture {
    pub media_id: Uuid,
    pub alt: Option<String>,
    pub caption: Option<String>,
    pub url: String,
    pub mime_type: String,
    pub size: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub renditions: Vec<Rendition>,
}

/// It in another size or format.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "the fields of a rendition")]
pub struct Rendition {
    pub preset: String,
    pub url: String,
    pub mime_type: String,
    pub width: i64,
    pub height: i64,
}

impl Linked for Story {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        for picture in self.image.iter_mut().chain(&mut self.description_image) {
            visit(&mut picture.url);
            picture.renditions.iter_mut().for_each(|rendition| visit(&mut rendition.url));
        }
    }
}

impl Story {
    /// The article of this card.
    ///
    /// # Errors
    /// `internal` where the card says something else than cards do.
    pub fn of(card: &Card, canonical: &Canonical) -> Result<Self, Problem> {
        let mut story: Self = card.read()?;
        story.each_link(&mut |link| *link = canonical.link(link));
        Ok(story)
    }

    /// What it is called for ever, whatever else of it changes.
    pub fn uri(&self) -> String {
        uri(self.id)
    }

    /// Where people read it.
    pub fn page(&self, canonical: &Canonical) -> String {
        canonical.article(Addressed { id: self.id, slug: &self.slug, category: &self.category.slug })
    }
}

/// What something of this id is called for ever (RFC 9562).
pub fn uri(id: Uuid) -> String {
    format!("urn:uuid:{id}")
}

/// What lists do not show of an article, for readers elsewhere; what a body names relative to its article is found from `page`.
pub fn addressed(Rest { body, mut audio, mut attachments }: Rest, page: &str, canonical: &Canonical) -> Rest {
    let link = &mut |link: &mut String| *link = canonical.link(link);
    audio.iter_mut().for_each(|file| file.each_link(link));
    attachments.iter_mut().for_each(|file| file.each_link(link));
    let page = Url::parse(page).ok();
    let absolute = |address: &str| match Url::parse(address) {
        Err(ParseError::RelativeUrlWithoutBase) if address.starts_with('/') && !address.starts_with("//") => {
            Some(canonical.link(address))
        }
        Err(ParseError::RelativeUrlWithoutBase) => page.as_ref()?.join(address).ok().map(String::from),
        _ => None,
    };
    Rest { body: body.map(|body| with_addresses(&body, absolute)), audio, attachments }
}
