//! The published copy: what a version says, as the public reads it.
//!
//! Columns are what lists filter and sort by; what is only shown goes into two values, `card` and `rest`, which hold the
//! fields by their own names. So a field that is only shown is none of this file's business. Beside them stands the card as
//! readers get it, ready ([`crate::card`]).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::Insertable;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    card::{self, Notes, Says, ShownFile, Source},
    content::Content,
    db::schema::{published_articles, published_links, published_tags},
    http::Problem,
};

/// When a copy is public, and what dates it bears.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    /// From when on it is public.
    pub starts_at: DateTime<Utc>,
    /// Until when, if its end is known: also when readers are told it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the article first became public.
    pub first_published_at: DateTime<Utc>,
}

/// The row of a copy.
#[derive(Insertable)]
#[diesel(table_name = published_articles, treat_none_as_default_value = false)]
pub struct CopyRow {
    publication_id: Uuid,
    article_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    slug: String,
    published_at: DateTime<Utc>,
    first_published_at: DateTime<Utc>,
    last_published_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    locale: String,
    featured: bool,
    author_id: Option<Uuid>,
    category_id: Uuid,
    article_type: String,
    card: Value,
    rest: Value,
    tags: Vec<Uuid>,
    shown: String,
    shown_rules: i16,
    urgent_until: Option<DateTime<Utc>>,
}

impl CopyRow {
    /// The copy of `content` for a publication that says this beside it, which shows those pictures of it that are among `files`.
    ///
    /// # Errors
    /// `internal` where the content lacks what `submit` requires; that would be a defect.
    pub fn of(
        publication: Uuid,
        article: Uuid,
        content: &Content,
        dates: &Dates,
        notes: &Notes,
        files: &HashMap<Uuid, ShownFile>,
    ) -> Result<Self, Problem> {
        let missing = |what| Problem::internal(format!("article {article} was approved without {what}"));
        let (card, rest) = content.card_and_rest();
        let slug = content.slug.clone().ok_or_else(|| missing("a slug"))?;
        let published_at = content.published_at.unwrap_or(dates.first_published_at);
        let source = Source {
            article,
            slug: slug.clone(),
            published_at,
            first_published_at: dates.first_published_at,
            last_published_at: dates.starts_at,
            expires_at: dates.expires_at,
            says: Says::of(content, notes.clone()),
        };
        Ok(Self {
            publication_id: publication,
            article_id: article,
            starts_at: dates.starts_at,
            ends_at: dates.expires_at,
            slug,
            published_at,
            first_published_at: dates.first_published_at,
            last_published_at: dates.starts_at,
            expires_at: dates.expires_at,
            locale: content.plain.locale.clone(),
            featured: content.plain.featured,
            author_id: content.author,
            category_id: content.category.ok_or_else(|| missing("a category"))?,
            article_type: content.article_type.clone().ok_or_else(|| missing("a type"))?,
            card: notes.beside(card),
            rest,
            tags: content.tags.clone(),
            shown: card::written(source, files)?,
            shown_rules: card::RULES,
            urgent_until: notes.urgent_until,
        })
    }

    /// The same copy, shown until then.
    #[must_use]
    pub fn until(self, ends_at: Option<DateTime<Utc>>) -> Self {
        Self { ends_at, ..self }
    }
}

/// A tag of a copy.
#[derive(Insertable)]
#[diesel(table_name = published_tags, treat_none_as_default_value = false)]
pub struct TagRow {
    publication_id: Uuid,
    position: i32,
    tag_id: Uuid,
}

impl TagRow {
    /// The tags of a copy, in order.
    pub fn of(publication_id: Uuid, content: &Content) -> impl Iterator<Item = Self> {
        (0..).zip(&content.tags).map(move |(position, tag)| Self { publication_id, position, tag_id: *tag })
    }
}

/// A link of a copy to another article.
#[derive(Insertable)]
#[diesel(table_name = published_links, treat_none_as_default_value = false)]
pub struct LinkRow {
    publication_id: Uuid,
    kind: &'static str,
    position: i32,
    target_id: Uuid,
}

impl LinkRow {
    /// The links of a copy, each kind in order.
    pub fn of(publication_id: Uuid, content: &Content) -> impl Iterator<Item = Self> {
        let related = (0..).zip(&content.related).map(|(position, target)| ("related", position, *target));
        let translations =
            (0..).zip(&content.translations).map(|(position, target)| ("translation", position, *target));
        let links = related.chain(translations);
        links.map(move |(kind, position, target_id)| Self { publication_id, kind, position, target_id })
    }
}
