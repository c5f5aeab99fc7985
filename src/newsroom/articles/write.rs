//! Creating, editing and throwing away: the use cases, for requests, the sample and whatever else writes articles. Each
//! runs in the caller's transaction and leaves a version, its history and its event together.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::{
    autosave,
    input::{ArticleChange, ArticleInput, written},
    read,
    resolve::resolve,
};
use crate::{
    access::{By, Permission, Subject},
    audit::{self, Event},
    content::Content,
    db::{Tx, schema::articles},
    http::{FieldError, Problem, schema, text},
    media::library::revisions::pins,
    newsroom::{
        article::{ArticleRow, Case},
        desk::{self, Draft},
        store,
    },
    publication::Standing,
    taxonomy::slugs,
};

/// Makes an article, a draft.
///
/// # Errors
/// `validation_failed`, `forbidden` outside the caller's grants, `conflict` where the slug or the legacy id is taken.
pub fn create(tx: &mut Tx<'_>, by: By<'_>, input: ArticleInput) -> Result<Case, Problem> {
    let id = Uuid::now_v7();
    let (mut content, files) = resolve(tx, by, id, None, input)?;
    require_in_category(by, Permission::Create, Subject { owner: by.who.id, category: content.category })?;
    store::hold_slug(tx, id, None, &mut content)?;
    desk::open(tx, by, id, Draft::written(content, files))
}

/// Changes a locked article, which from then on shows its files as they are now. A patch that changes nothing, while no
/// file has changed, makes no version: an editor who saves twice does not undo an approval.
///
/// # Errors
/// `validation_failed`, `forbidden` where the article is moved beyond the caller's grants, `conflict` where the slug or
/// the legacy id is taken.
pub fn edit(tx: &mut Tx<'_>, by: By<'_>, case: &mut Case, patch: &ArticleChange) -> Result<(), Problem> {
    let tags = read::tag_names(tx.conn, std::iter::once(&case.content))?;
    let input = patch.apply(written(&case.content, &tags))?;
    save(tx, by, case, input, None)
}

/// Makes what an earlier version of a locked article says the working copy again, as somebody would who writes it all anew:
/// by the rules and rights of now. Tags that are gone are left out.
///
/// # Errors
/// `validation_failed` where something that it refers to is gone, or was never for this person to use; `forbidden` where
/// it was filed beyond the caller's grants; `conflict` where its slug or its legacy id has been taken.
pub fn restore_version(
    tx: &mut Tx<'_>,
    by: By<'_>,
    case: &mut Case,
    version: i32,
    wanted: &Content,
) -> Result<(), Problem> {
    let tags = read::tag_names(tx.conn, std::iter::once(wanted))?;
    let input = schema::read(&written(wanted, &tags))?;
    save(tx, by, case, input, Some(version))
}

/// Makes a version of a locked article, if it says anything else than the one before.
fn save(
    tx: &mut Tx<'_>,
    by: By<'_>,
    case: &mut Case,
    input: ArticleInput,
    restored_from: Option<i32>,
) -> Result<(), Problem> {
    let (mut content, files) = resolve(tx, by, case.row.id, Some(&case.content), input)?;
    if content.category != case.row.category_id {
        let moved = Subject { category: content.category, ..case.row.subject() };
        require_in_category(by, Permission::Edit, moved)?;
    }
    let held = case.content.slug.clone();
    store::hold_slug(tx, case.row.id, held.as_deref(), &mut content)?;
    if content == case.content && pins(&files) == pins(&case.files) {
        // Saved all the same: a version would have taken it along.
        return autosave::forget(tx, by, case.row.id);
    }
    desk::revise(tx, by, case, Draft { content, files, restored_from })?;
    if held == case.content.slug { Ok(()) } else { slugs::release(tx, case.row.id) }
}

/// Moves a locked article to the trash. A live one leaves the public at once.
///
/// # Errors
/// `validation_failed` for a live one without a reason.
pub fn discard(
    tx: &mut Tx<'_>,
    by: By<'_>,
    mut row: ArticleRow,
    standing: &Standing,
    reason: Option<&str>,
) -> Result<(), Problem> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if standing.live.is_some() && reason.is_none() {
        return Err(Problem::invalid("/reason", "required", text("reason-required")));
    }
    desk::discard(tx, by, &mut row, standing, reason)
}

/// Takes a locked article out of the trash. It is not public until it is published again.
pub fn restore(tx: &mut Tx<'_>, by: By<'_>, mut row: ArticleRow) -> Result<Case, Problem> {
    row.touched(by.who.id, by.at);
    diesel::update(articles::table.find(row.id))
        .set((
            articles::deleted_at.eq(None::<DateTime<Utc>>),
            articles::deleted_by.eq(None::<Uuid>),
            articles::revision.eq(row.revision),
            articles::updated_at.eq(row.updated_at),
            articles::updated_by.eq(row.updated_by),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, row.id, by.stamp(), &Event::ArticleRestored {})?;
    store::case(tx.conn, row, by.at)
}

/// [`crate::access::Principal::require`] where it is the category written that decides: the refusal points at it.
fn require_in_category(by: By<'_>, permission: Permission, subject: Subject) -> Result<(), Problem> {
    let pointing =
        |problem: Problem| problem.with_errors(vec![FieldError::new("/category", "forbidden", text("forbidden"))]);
    by.who.require(permission, subject).map_err(pointing)
}
