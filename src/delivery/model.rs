//! What the public gets.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::Error};
use serde_json::value::RawValue;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, Ref, RefOr, Schema, schema::AllOfBuilder},
};
use uuid::Uuid;

use super::files::DeliveredFile;
use crate::{
    card::{Fixed, Named},
    content::{Plain, joined_answer},
    http::{Links, List, Meta, Problem, reply::Linked},
};

/// A published article in a list: its JSON, as it was written at publication and named since, and what caches have to know
/// of it.
#[derive(Clone, Debug)]
pub struct Card {
    /// The article.
    pub id: Uuid,
    /// Its category's slug.
    pub category: String,
    /// Its date.
    pub published_at: DateTime<Utc>,
    /// When this text became public.
    pub last_published_at: DateTime<Utc>,
    /// When it will disappear.
    pub expires_at: Option<DateTime<Utc>>,
    /// An object, in UTF-8.
    pub(super) json: Vec<u8>,
}

crate::document_joined!(Card as "ArticleCard": joined_card [Fixed, Named<'static>, Found, Plain]);

impl Card {
    /// The card of an article that need not be public, as [`crate::card::written`] has it, by these names.
    ///
    /// # Errors
    /// `internal` where a name does not serialise.
    pub fn of(id: Uuid, published_at: DateTime<Utc>, written: String, names: &Named<'_>) -> Result<Self, Problem> {
        let (mut json, category) = (written.into_bytes(), names.category.slug.clone());
        join(&mut json, names).map_err(Problem::internal)?;
        Ok(Self { id, category, published_at, last_published_at: published_at, expires_at: None, json })
    }

    /// The same with the fields of another object.
    ///
    /// # Errors
    /// `internal` where that does not serialise.
    pub fn with(mut self, more: &impl Serialize) -> Result<Self, Problem> {
        join(&mut self.json, more).map_err(Problem::internal)?;
        Ok(self)
    }

    /// Some of its fields.
    ///
    /// # Errors
    /// `internal` where it has others.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.json).map_err(Problem::internal)
    }
}

/// Adds the fields of another object to the JSON of one; both have some.
pub(super) fn join(object: &mut Vec<u8>, more: &impl Serialize) -> serde_json::Result<()> {
    // The brace that closes one makes place for the comma, which takes that of the brace that opens the other.
    object.pop();
    let seam = object.len();
    serde_json::to_writer(&mut *object, more)?;
    object[seam] = b',';
    Ok(())
}

/// A page of cards as JSON, of which most is there already.
///
/// # Errors
/// `internal` where the rest does not serialise.
pub fn written(List { data, meta, links }: &List<Card>) -> Result<Vec<u8>, Problem> {
    #[derive(Serialize)]
    struct Behind<'a> {
        meta: &'a Meta,
        links: &'a Links,
    }
    let mut json = Vec::with_capacity(data.iter().map(|card| card.json.len() + 1).sum::<usize>() + 1024);
    json.extend_from_slice(b"{\"data\":[");
    for (at, card) in data.iter().enumerate() {
        if at > 0 {
            json.push(b',');
        }
        json.extend_from_slice(&card.json);
    }
    json.extend_from_slice(b"]}");
    join(&mut json, &Behind { meta, links }).map_err(Problem::internal)?;
    Ok(json)
}

/// JSON as it is.
fn raw<S: Serializer>(json: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_slice::<&RawValue>(json).map_err(S::Error::custom)?.serialize(serializer)
}

impl Serialize for Card {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(&self.json, serializer)
    }
}

/// What a card of the results of a search tells besides.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
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
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Translation {
    /// The article.
    pub id: Uuid,
    /// Its language.
    #[schema(example = "en")]
    pub locale: String,
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
}

/// A card and what else an answer tells of its article: one object.
pub struct CardWith<T> {
    /// What lists show of it.
    pub card: Card,
    /// The rest.
    pub more: T,
}

impl<T: Serialize> Serialize for CardWith<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = self.card.json.clone();
        join(&mut json, &self.more).map_err(S::Error::custom)?;
        raw(&json, serializer)
    }
}

impl<T: ToSchema> PartialSchema for CardWith<T> {
    fn schema() -> RefOr<Schema> {
        let (mut more, mut description) = (T::schema(), None);
        if let RefOr::T(Schema::Object(more)) = &mut more {
            description = more.description.take();
        }
        let both = AllOfBuilder::new().item(Ref::from_schema_name(Card::name())).item(more);
        RefOr::T(both.description(description).into())
    }
}

impl<T: ToSchema> ToSchema for CardWith<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Card::name().into(), Card::schema()));
        Card::schemas(schemas);
        T::schemas(schemas);
    }
}

/// A published article.
pub type Article = CardWith<Whole>;

/// A published article.
#[derive(Serialize, ToSchema)]
#[schema(as = Article)]
pub struct Whole {
    /// "Nội dung": cleaned HTML.
    pub body: Option<String>,
    /// "Tin liên quan": those that are public.
    pub related: Vec<Card>,
    /// The same article in other languages, as far as it is public.
    pub translations: Vec<Translation>,
    /// "Audio": the read-aloud recording.
    pub audio: Option<DeliveredFile>,
    /// "Attachments".
    pub attachments: Vec<DeliveredFile>,
}

/// A published article by itself, as partners get it.
pub type Single = CardWith<Apart>;

/// A published article without what is related to it: of that, partners are told one by one.
#[derive(Serialize, ToSchema)]
#[schema(as = SingleArticle)]
pub struct Apart {
    /// "Nội dung": cleaned HTML.
    body: Option<String>,
    /// The same article in other languages, as far as it is public.
    translations: Vec<Translation>,
    /// "Audio": the read-aloud recording.
    audio: Option<DeliveredFile>,
    /// "Attachments".
    attachments: Vec<DeliveredFile>,
}

impl Article {
    /// The article by itself.
    pub fn apart(self) -> Single {
        let Self { card, more: Whole { body, related: _, translations, audio, attachments } } = self;
        Single { card, more: Apart { body, translations, audio, attachments } }
    }
}

impl Single {
    /// Its JSON.
    ///
    /// # Errors
    /// `internal` where it does not serialise.
    pub fn written(self) -> Result<Vec<u8>, Problem> {
        let Self { card: Card { mut json, .. }, more } = self;
        join(&mut json, &more).map_err(Problem::internal)?;
        Ok(json)
    }
}

/// How a link to a file of this site begins in a card. Within a text the quotation marks would be escaped.
const LINK: &str = "\"url\":\"/";

impl Linked for Card {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        let Ok(mut rest) = std::str::from_utf8(&self.json) else { return };
        let mut done = String::with_capacity(self.json.len());
        while let Some(at) = rest.find(LINK) {
            // Addresses of files need no escapes: what is not a letter or a digit is percent-encoded there.
            let (before, link) = rest.split_at(at + LINK.len() - 1);
            let Some((link, after)) = link.split_once('"') else { break };
            let mut link = link.to_owned();
            visit(&mut link);
            done.extend([before, &link, "\""]);
            rest = after;
        }
        done.push_str(rest);
        self.json = done.into_bytes();
    }
}

impl Article {
    /// Whether it is urgent at this moment.
    ///
    /// # Errors
    /// `internal` where its card is none.
    pub fn is_urgent_at(&self, moment: DateTime<Utc>) -> Result<bool, Problem> {
        #[derive(Deserialize)]
        struct Urgent {
            urgent_until: Option<DateTime<Utc>>,
        }
        // Most are not, and need not be read for it. Within a text the quotation marks would be escaped.
        if memchr::memmem::find(&self.card.json, b"\"urgent_until\":\"").is_none() {
            return Ok(false);
        }
        let Urgent { urgent_until } = self.card.read()?;
        Ok(urgent_until.is_some_and(|until| until > moment))
    }

    /// Its body.
    pub fn body_mut(&mut self) -> Option<&mut String> {
        self.more.body.as_mut()
    }

    /// Visits the links to files that it shows itself, but for those in its body.
    pub fn each_own_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.card.each_link(visit);
        self.more.audio.iter_mut().for_each(|audio| audio.each_link(visit));
        self.more.attachments.each_link(visit);
    }
}

impl Linked for Article {
    fn each_link(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.each_own_link(visit);
        self.more.related.each_link(visit);
    }
}
