//! The rows of a batch of articles, as COPY takes them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::Insertable;
use serde_json::Value;
use uuid::Uuid;

use super::terms;
use crate::{
    content::Content,
    db::schema::{
        article_versions, articles,
        corpus::{Terms, published_search},
        events, public_slugs, publications, slugs, transitions, view_totals,
    },
    newsroom::workflow::{Approval, Transition},
    publication::{copy::Dates, standing::Publication},
};

/// The rows of some articles, in the order in which the tables take them.
#[derive(Default)]
pub struct Rows {
    /// Articles.
    pub articles: Vec<ArticleRow>,
    /// Their slugs.
    pub slugs: Vec<SlugRow>,
    /// Their versions.
    pub versions: Vec<VersionRow>,
    /// Their history.
    pub transitions: Vec<TransitionRow>,
    /// Their publications.
    pub publications: Vec<PublicationRow>,
    /// What the public reads of them.
    pub copies: Vec<Copy>,
    /// What search finds those by.
    pub terms: Vec<TermsRow>,
    /// Their public slugs.
    pub public_slugs: Vec<PublicSlugRow>,
    /// How often they were read.
    pub views: Vec<ViewsRow>,
    /// What the event log says of them.
    pub events: Vec<EventRow>,
}

/// What a published copy is made of.
pub struct Copy {
    /// The publication.
    pub publication: Uuid,
    /// The article.
    pub article: Uuid,
    /// What it says.
    pub content: Content,
    /// When it is public.
    pub dates: Dates,
}

/// The terms of a copy.
#[derive(Insertable)]
#[diesel(table_name = published_search, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct TermsRow {
    pub publication_id: Uuid,
    pub terms: Terms,
}

impl TermsRow {
    /// Those of a copy whose tags have these names.
    pub fn of(copy: &Copy, names: &HashMap<Uuid, &str>) -> Self {
        Self { publication_id: copy.publication, terms: Terms::new(terms::of(copy, names)) }
    }
}

/// An article.
#[derive(Insertable)]
#[diesel(table_name = articles, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ArticleRow {
    pub id: Uuid,
    pub approval: Approval,
    pub current_version: i32,
    pub revision: i64,
    pub title: Option<String>,
    pub slug: Option<String>,
    pub locale: String,
    pub category_id: Option<Uuid>,
    pub article_type: Option<String>,
    pub author_id: Option<Uuid>,
    pub legacy_id: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub created_by: Uuid,
    pub updated_at: DateTime<Utc>,
    pub updated_by: Uuid,
    pub deleted_at: Option<DateTime<Utc>>,
    pub deleted_by: Option<Uuid>,
}

impl ArticleRow {
    /// An article of its first version.
    pub fn new(id: Uuid, content: &Content, at: DateTime<Utc>, by: Uuid) -> Self {
        let mut row = Self {
            id,
            approval: Approval::Draft,
            current_version: 0,
            revision: 1,
            title: None,
            slug: None,
            locale: String::new(),
            category_id: None,
            article_type: None,
            author_id: None,
            legacy_id: None,
            created_at: at,
            created_by: by,
            updated_at: at,
            updated_by: by,
            deleted_at: None,
            deleted_by: None,
        };
        row.write(content);
        row
    }

    /// Moves on to another version, which is a draft.
    pub fn write(&mut self, content: &Content) {
        self.approval = Approval::Draft;
        self.current_version += 1;
        self.title.clone_from(&content.title);
        self.slug.clone_from(&content.slug);
        self.locale.clone_from(&content.locale);
        self.category_id = content.category;
        self.article_type.clone_from(&content.article_type);
        self.author_id = content.author;
        self.legacy_id = content.legacy_id;
    }
}

/// A slug.
#[derive(Insertable)]
#[diesel(table_name = slugs, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct SlugRow {
    pub slug: String,
    pub article_id: Uuid,
}

/// A version.
#[derive(Insertable)]
#[diesel(table_name = article_versions, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct VersionRow {
    pub article_id: Uuid,
    pub version: i32,
    pub content: Value,
    pub edited_by: Uuid,
    pub edited_at: DateTime<Utc>,
}

/// A transition, with its number: COPY takes one where INSERT would not.
#[derive(Insertable)]
#[diesel(table_name = transitions, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct TransitionRow {
    pub id: i64,
    pub article_id: Uuid,
    pub version: i32,
    pub name: Transition,
    pub from_approval: Approval,
    pub to_approval: Approval,
    pub actor_id: Uuid,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
    pub publish_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub overridden: bool,
}

/// A publication.
#[derive(Insertable)]
#[diesel(table_name = publications, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct PublicationRow {
    pub id: Uuid,
    pub article_id: Uuid,
    pub version: i32,
    pub approval_id: i64,
    pub starts_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<String>,
}

impl From<(Publication, i64)> for PublicationRow {
    fn from((publication, approval_id): (Publication, i64)) -> Self {
        let Publication { id, article_id, version, starts_at, expires_at, ended_at, end_reason } = publication;
        Self { id, article_id, version, approval_id, starts_at, expires_at, ended_at, end_reason }
    }
}

/// A slug that is or was public.
#[derive(Insertable)]
#[diesel(table_name = public_slugs, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct PublicSlugRow {
    pub slug: String,
    pub article_id: Uuid,
    pub public_from: DateTime<Utc>,
}

/// How often an article was read.
#[derive(Insertable)]
#[diesel(table_name = view_totals, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ViewsRow {
    pub article_id: Uuid,
    pub views: i64,
}

/// An event.
#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct EventRow {
    pub kind: &'static str,
    pub subject_id: Uuid,
    pub actor_id: Option<Uuid>,
    pub data: Value,
    pub recorded_at: DateTime<Utc>,
}
