//! Writing working copies: each write is one transaction with its version, its slug and its event.

use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{exists, not},
};
use uuid::Uuid;

use crate::{
    access::{Permission, Principal, Subject},
    audit::{self, Event},
    content::Content,
    db::{
        Tx,
        schema::{article_versions, articles, public_slugs, published_articles, slugs},
    },
    http::{Code, ETag, FieldError, IfMatch, Problem, text},
    media,
    newsroom::workflow::Approval,
    taxonomy::slugs::{self as slugs_of, Of, Wanted},
    text::Slug,
};

/// An article's row: its identity and where its working copy stands.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = articles)]
pub struct ArticleRow {
    /// The article.
    pub id: Uuid,
    /// Where the working copy stands.
    pub approval: Approval,
    /// The version that it is at.
    pub current_version: i32,
    /// One more for each accepted edit and transition.
    pub revision: i64,
    /// Of the current version.
    pub category_id: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Uuid,
    /// When it was last edited or moved.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: Uuid,
}

/// The fields of the current version that the row repeats: what lists filter on, and what must be real.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = articles, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Indexed<'a> {
    title: Option<&'a str>,
    slug: Option<&'a str>,
    locale: &'a str,
    category_id: Option<Uuid>,
    article_type: Option<&'a str>,
    author_id: Option<Uuid>,
    legacy_id: Option<i64>,
}

impl<'a> Indexed<'a> {
    fn of(content: &'a Content) -> Self {
        Self {
            title: content.title.as_deref(),
            slug: content.slug.as_deref(),
            locale: &content.locale,
            category_id: content.category,
            article_type: content.article_type.as_deref(),
            author_id: content.author,
            legacy_id: content.legacy_id,
        }
    }
}

impl ArticleRow {
    /// What decisions about it are based on.
    pub fn subject(&self) -> Subject {
        Subject { owner: self.created_by, category: self.category_id }
    }

    /// Moves with each accepted edit and transition, and with nothing else.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("v{}-r{}", self.current_version, self.revision))
    }
}

/// Locks an article for a write; the order of the lock is the order of the history.
///
/// # Errors
/// `not_found` where it is not there, is in the trash, or is not for this person to read.
pub fn lock(tx: &mut Tx<'_>, id: Uuid, who: &Principal) -> Result<ArticleRow, Problem> {
    let row: ArticleRow = articles::table
        .find(id)
        .filter(articles::deleted_at.is_null())
        .select(ArticleRow::as_select())
        .for_update()
        .first(tx.conn)?;
    if who.may(Permission::Read, row.subject()) { Ok(row) } else { Err(Problem::not_found()) }
}

/// The snapshot of a version.
///
/// # Errors
/// `not_found` where there is no such version.
pub fn content(tx: &mut Tx<'_>, article: Uuid, version: i32) -> Result<Content, Problem> {
    let stored: serde_json::Value =
        article_versions::table.find((article, version)).select(article_versions::content).first(tx.conn)?;
    Content::from_stored(stored).map_err(Problem::internal)
}

/// Checks `If-Match` against an article.
///
/// # Errors
/// `precondition_required` without a tag; `stale_version`, with what changed since, where none matches.
pub fn check_current(tx: &mut Tx<'_>, article: &ArticleRow, expected: &IfMatch) -> Result<(), Problem> {
    let tags = expected.required()?;
    let current = article.etag();
    if tags.contains(&current) {
        return Ok(());
    }
    let held = tags.iter().find_map(|tag| version_and_revision(tag.opaque()));
    let changed = match held {
        Some((version, _)) if version < article.current_version => {
            let stored = content(tx, article.id, version).ok();
            let now = content(tx, article.id, article.current_version)?;
            stored.map(|stored| stored.differences(&now))
        }
        // The same version: it was moved along the workflow.
        Some((version, revision)) if version == article.current_version && revision < article.revision => {
            Some(vec!["approval".to_owned(), "status".to_owned()])
        }
        _ => None,
    };
    let problem = Problem::stale_version(Some(&current));
    Err(match changed {
        Some(changed) => problem.with_member("changed", changed),
        None => problem,
    })
}

fn version_and_revision(opaque: &str) -> Option<(i32, i64)> {
    let (version, revision) = opaque.strip_prefix('v')?.split_once("-r")?;
    Some((version.parse().ok()?, revision.parse().ok()?))
}

/// Makes an article of its first version.
///
/// # Errors
/// `forbidden` outside the caller's grants; `conflict` where the slug or the legacy id is taken.
pub fn create(tx: &mut Tx<'_>, who: &Principal, id: Uuid, mut content: Content) -> Result<ArticleRow, Problem> {
    require_in_category(who, Permission::Create, Subject { owner: who.id, category: content.category })?;
    claim_slug(tx, id, None, &mut content)?;
    diesel::insert_into(articles::table)
        .values((
            articles::id.eq(id),
            articles::approval.eq(Approval::Draft),
            articles::current_version.eq(1),
            articles::revision.eq(1_i64),
            Indexed::of(&content),
            articles::created_at.eq(tx.now),
            articles::created_by.eq(who.id),
            articles::updated_at.eq(tx.now),
            articles::updated_by.eq(who.id),
        ))
        .execute(tx.conn)
        .map_err(|error| legacy_id_taken(error, content.legacy_id))?;
    add_version(tx, who, id, 1, &content)?;
    audit::record(tx.conn, id, who.at(tx.now).stamp(), &Event::ArticleCreated { version: 1 })?;
    row(tx, id)
}

/// Adds a version with this content and returns the working copy to draft. Content that changes nothing makes no
/// version: an editor who saves twice does not undo an approval.
///
/// # Errors
/// `forbidden` where the article is moved beyond the caller's grants; `conflict` where the slug or the legacy id
/// is taken.
pub fn save(
    tx: &mut Tx<'_>,
    who: &Principal,
    article: &ArticleRow,
    before: &Content,
    mut content: Content,
) -> Result<ArticleRow, Problem> {
    if content.category != article.category_id {
        let moved = Subject { category: content.category, ..article.subject() };
        require_in_category(who, Permission::Edit, moved)?;
    }
    claim_slug(tx, article.id, before.slug.as_deref(), &mut content)?;
    if content == *before {
        return Ok(article.clone());
    }
    let version = article.current_version + 1;
    add_version(tx, who, article.id, version, &content)?;
    diesel::update(articles::table.find(article.id))
        .set((
            articles::approval.eq(Approval::Draft),
            articles::current_version.eq(version),
            articles::revision.eq(article.revision + 1),
            Indexed::of(&content),
            articles::updated_at.eq(tx.now.max(article.updated_at)),
            articles::updated_by.eq(who.id),
        ))
        .execute(tx.conn)
        .map_err(|error| legacy_id_taken(error, content.legacy_id))?;
    release_slug(tx, before.slug.as_deref(), content.slug.as_deref())?;
    let fields = before.differences(&content);
    audit::record(tx.conn, article.id, who.at(tx.now).stamp(), &Event::ArticleEdited { version, fields })?;
    row(tx, article.id)
}

/// Moves an article to the trash.
///
/// # Errors
/// Those of the database, which refuses while the article has a published copy.
pub fn trash(tx: &mut Tx<'_>, who: &Principal, article: &ArticleRow, reason: Option<&str>) -> Result<(), Problem> {
    diesel::update(articles::table.find(article.id))
        .set((
            articles::deleted_at.eq(tx.now),
            articles::deleted_by.eq(who.id),
            articles::revision.eq(article.revision + 1),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, article.id, who.at(tx.now).stamp(), &Event::ArticleDeleted { reason })
}

/// [`Principal::require`] where it is the category written that decides: the refusal points at it.
fn require_in_category(who: &Principal, permission: Permission, subject: Subject) -> Result<(), Problem> {
    let pointing =
        |problem: Problem| problem.with_errors(vec![FieldError::new("/category", "forbidden", text("forbidden"))]);
    who.require(permission, subject).map_err(pointing)
}

fn row(tx: &mut Tx<'_>, id: Uuid) -> Result<ArticleRow, Problem> {
    Ok(articles::table.find(id).select(ArticleRow::as_select()).first(tx.conn)?)
}

fn add_version(tx: &mut Tx<'_>, who: &Principal, id: Uuid, version: i32, content: &Content) -> Result<(), Problem> {
    diesel::insert_into(article_versions::table)
        .values((
            article_versions::article_id.eq(id),
            article_versions::version.eq(version),
            article_versions::content.eq(content.to_stored()),
            article_versions::edited_by.eq(who.id),
            article_versions::edited_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    media::library::uses::record(tx, id, version, &content.media(tx.site))
}

/// Gives the content a slug that the article holds: the one that was asked for, or one made from the first title.
fn claim_slug(tx: &mut Tx<'_>, article: Uuid, held: Option<&str>, content: &mut Content) -> Result<(), Problem> {
    let asked_for = content.slug.is_some();
    if asked_for && content.slug.as_deref() == held {
        return Ok(());
    }
    let wanted = match (&content.slug, &content.title) {
        (Some(slug), _) => {
            slug.parse::<Slug>().map_err(|_| Problem::invalid("/slug", "reserved", text("slug-reserved")))?
        }
        (None, Some(title)) => Slug::from_text(title),
        (None, None) => return Ok(()),
    };
    let wanted = if asked_for { Wanted::Exactly(&wanted) } else { Wanted::Like(&wanted) };
    let slug = slugs_of::claim(tx, Of::Article(article), wanted)?.to_string();
    diesel::insert_into(slugs::table)
        .values((slugs::slug.eq(&slug), slugs::article_id.eq(article)))
        // One that it had before.
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    content.slug = Some(slug);
    Ok(())
}

/// A slug that was never public is free again once the working copy has another.
fn release_slug(tx: &mut Tx<'_>, before: Option<&str>, after: Option<&str>) -> Result<(), Problem> {
    let Some(former) = before.filter(|former| Some(*former) != after) else { return Ok(()) };
    let unused = slugs::table
        .filter(slugs::slug.eq(former))
        .filter(not(exists(public_slugs::table.filter(public_slugs::slug.eq(former)))))
        .filter(not(exists(published_articles::table.filter(published_articles::slug.eq(former)))));
    diesel::delete(unused).execute(tx.conn)?;
    Ok(())
}

fn legacy_id_taken(error: diesel::result::Error, legacy_id: Option<i64>) -> Problem {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    match (&error, legacy_id) {
        (DatabaseError(UniqueViolation, info), Some(id))
            if info.constraint_name() == Some("articles_legacy_id_key") =>
        {
            let message = text("legacy-id-taken").with("id", id);
            let errors = vec![FieldError::new("/legacy_id", "taken", message.clone())];
            Problem::new(Code::Conflict, message).with_errors(errors)
        }
        _ => error.into(),
    }
}
