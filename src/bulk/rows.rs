//! The rows of a batch of articles, as COPY takes them.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use uuid::Uuid;

use crate::{
    audit::EventRow,
    card::Notes,
    content::Content,
    db::schema::{
        article_media, articles, public_slugs, published_media, slugs, transitions, version_media, view_totals,
    },
    newsroom::{
        Approval, Transition,
        article::ArticleRow,
        desk::{Indexed, StepRow, VersionRow},
        review::Review,
        words::WordsRow,
    },
    publication::{copy::Dates, ledger::PublicationRow},
};

/// The rows of some articles, in the order in which the tables take them.
#[derive(Default)]
pub struct Rows {
    /// Articles.
    pub articles: Vec<ArticleCopyRow>,
    /// Their slugs.
    pub slugs: Vec<SlugRow>,
    /// Their versions.
    pub versions: Vec<VersionRow>,
    /// The files that their working copies use.
    pub places: Vec<PlaceRow>,
    /// The files that each version shows.
    pub pins: Vec<PinRow>,
    /// What the last of them say.
    pub words: Vec<WordsRow>,
    /// Their history.
    pub transitions: Vec<TransitionRow>,
    /// Their publications.
    pub publications: Vec<PublicationRow>,
    /// What the public reads of them.
    pub copies: Vec<Copy>,
    /// The files that these show.
    pub shown: Vec<ShownRow>,
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
    /// The version.
    pub version: i32,
    /// What it says.
    pub content: Content,
    /// When it is public.
    pub dates: Dates,
    /// What its publication says beside it.
    pub notes: Notes,
    /// Until when it is shown.
    pub ends_at: Option<DateTime<Utc>>,
}

/// An article, with what its current version puts into its row.
#[derive(Insertable)]
#[diesel(table_name = articles, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ArticleCopyRow {
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
    pub legacy_list: Option<Uuid>,
    pub complete: bool,
    pub review: Option<Review>,
    pub awaits_publication: bool,
    pub created_at: DateTime<Utc>,
    pub created_by: Uuid,
    pub updated_at: DateTime<Utc>,
    pub updated_by: Uuid,
    pub deleted_at: Option<DateTime<Utc>>,
    pub deleted_by: Option<Uuid>,
}

impl ArticleCopyRow {
    /// The row of an article, which waits for being published or not, thrown away or not.
    pub fn of(
        row: ArticleRow,
        content: &Content,
        legacy_list: Option<Uuid>,
        awaits: bool,
        deleted: Option<(DateTime<Utc>, Uuid)>,
    ) -> Self {
        let Indexed { title, slug, locale, article_type, author_id, legacy_id } = Indexed::of(content);
        let ArticleRow {
            id,
            approval,
            current_version,
            revision,
            category_id,
            complete,
            review,
            created_at,
            created_by,
            updated_at,
            updated_by,
        } = row;
        let (deleted_at, deleted_by) = deleted.unzip();
        Self {
            id,
            approval,
            current_version,
            revision,
            title: title.map(str::to_owned),
            slug: slug.map(str::to_owned),
            locale: locale.to_owned(),
            category_id,
            article_type: article_type.map(str::to_owned),
            author_id,
            legacy_id,
            legacy_list,
            complete,
            review,
            awaits_publication: awaits,
            created_at,
            created_by,
            updated_at,
            updated_by,
            deleted_at,
            deleted_by,
        }
    }
}

/// A file that a working copy uses, and where.
#[derive(Insertable)]
#[diesel(table_name = article_media, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct PlaceRow {
    pub article_id: Uuid,
    pub media_id: Uuid,
    pub place: &'static str,
}

/// A file that a version shows, as it was then.
#[derive(Insertable)]
#[diesel(table_name = version_media, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct PinRow {
    pub article_id: Uuid,
    pub version: i32,
    pub media_id: Uuid,
    pub revision: i32,
}

/// A file that a published copy shows; as its version does, which a trigger sees to.
#[derive(Insertable)]
#[diesel(table_name = published_media, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct ShownRow {
    pub publication_id: Uuid,
    pub media_id: Uuid,
}

/// A slug.
#[derive(Insertable)]
#[diesel(table_name = slugs, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct SlugRow {
    pub slug: String,
    pub article_id: Uuid,
}

/// An entry of the history, with its number: COPY takes one where INSERT would not.
#[derive(Insertable)]
#[diesel(table_name = transitions, treat_none_as_default_value = false)]
pub struct TransitionRow {
    /// The number.
    pub id: i64,
    article_id: Uuid,
    version: i32,
    name: Transition,
    from_approval: Approval,
    to_approval: Approval,
    actor_id: Uuid,
    at: DateTime<Utc>,
    comment: Option<String>,
    publish_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    overridden: bool,
    key_id: Option<Uuid>,
    stage: Option<String>,
    review_id: Option<i64>,
    correction: Option<String>,
    notice: Option<String>,
    urgent_until: Option<DateTime<Utc>>,
}

impl TransitionRow {
    /// The entry with this number.
    pub fn of(id: i64, step: StepRow) -> Self {
        let StepRow {
            article_id,
            version,
            name,
            from_approval,
            to_approval,
            actor_id,
            at,
            comment,
            publish_at,
            expires_at,
            overridden,
            key_id,
            stage,
            review_id,
            correction,
            notice,
            urgent_until,
        } = step;
        Self {
            id,
            article_id,
            version,
            name,
            from_approval,
            to_approval,
            actor_id,
            at,
            comment,
            publish_at,
            expires_at,
            overridden,
            key_id,
            stage,
            review_id,
            correction,
            notice,
            urgent_until,
        }
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
