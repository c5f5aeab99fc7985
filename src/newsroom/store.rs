//! Finding articles, locking them, and holding their slugs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper, dsl::max};
use uuid::Uuid;

use super::{
    article::{ArticleRow, Case, Edits},
    desk::taken_over,
};
use crate::{
    access::{Permission, Principal},
    content::Content,
    db::{
        Tx,
        schema::{article_hands, article_versions, articles, slugs},
    },
    http::{IfMatch, OrNotFound, Problem, text},
    media::library::revisions::{self, pins},
    publication::standing,
    taxonomy::slugs::{Of, Wanted, claim},
    text::Slug,
};

/// The row of an article that somebody may read.
///
/// # Errors
/// `not_found` where it is not there, is in the trash, or is not for them to read.
pub fn readable(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<ArticleRow, Problem> {
    permitted(conn, who, Permission::Read, id)
}

/// The row of an article whose numbers of readers somebody may see.
///
/// # Errors
/// As with [`readable`].
pub fn counted(conn: &mut PgConnection, who: &Principal, id: Uuid) -> Result<ArticleRow, Problem> {
    permitted(conn, who, Permission::Views, id)
}

fn permitted(
    conn: &mut PgConnection,
    who: &Principal,
    permission: Permission,
    id: Uuid,
) -> Result<ArticleRow, Problem> {
    let present = articles::table.find(id).filter(articles::deleted_at.is_null());
    let row: ArticleRow = present.select(ArticleRow::as_select()).first(conn).or_not_found()?;
    if who.may(permission, row.subject()) { Ok(row) } else { Err(who.unseen(permission)) }
}

/// Locks an article for a write; the order of the lock is the order of the history.
///
/// # Errors
/// `not_found` where it is not there, is in the trash, or is not for this person to read.
pub fn lock(tx: &mut Tx<'_>, who: &Principal, id: Uuid) -> Result<ArticleRow, Problem> {
    let row: ArticleRow = articles::table
        .find(id)
        .filter(articles::deleted_at.is_null())
        .select(ArticleRow::as_select())
        .for_update()
        .first(tx.conn)
        .or_not_found()?;
    if who.may(Permission::Read, row.subject()) { Ok(row) } else { Err(who.unseen(Permission::Read)) }
}

/// Locks those of these articles that there are, always in the same order, whatever becomes of each.
pub fn lock_all(tx: &mut Tx<'_>, ids: impl Iterator<Item = Uuid>) -> Result<(), Problem> {
    let all = articles::table.filter(articles::id.eq_any(ids)).order(articles::id).select(articles::id);
    Ok(all.for_update().load::<Uuid>(tx.conn).map(|_| ())?)
}

/// The same for an article in the trash.
///
/// # Errors
/// `not_found` where it is not in the trash, or is not for this person to read.
pub fn lock_discarded(tx: &mut Tx<'_>, who: &Principal, id: Uuid) -> Result<ArticleRow, Problem> {
    let row: Option<ArticleRow> = articles::table
        .find(id)
        .filter(articles::deleted_at.is_not_null())
        .select(ArticleRow::as_select())
        .for_update()
        .first(tx.conn)
        .optional()?;
    row.filter(|row| who.may(Permission::Read, row.subject())).ok_or_else(|| who.unseen(Permission::Read))
}

/// All that decisions about an article are based on. Four queries.
pub fn case(conn: &mut PgConnection, row: ArticleRow, at: DateTime<Utc>) -> Result<Case, Problem> {
    let content = content(conn, row.id, row.current_version)?;
    let standing = standing(conn, row.id, at)?;
    let edits = editors(conn, &[row.id])?.remove(&row.id).unwrap_or_default();
    let files = revisions::of_version(conn, row.id, row.current_version)?;
    Ok(Case { row, content, standing, files, edits })
}

/// The snapshot of a version.
///
/// # Errors
/// `not_found` where there is no such version.
pub fn content(conn: &mut PgConnection, article: Uuid, version: i32) -> Result<Content, Problem> {
    let stored: serde_json::Value = article_versions::table
        .find((article, version))
        .select(article_versions::content)
        .first(conn)
        .or_not_found()?;
    Content::from_stored(stored).map_err(Problem::internal)
}

/// For each of these articles, everyone who edited it and the last version that each of them made, or that took over a
/// file as they changed it. One query.
pub fn editors(conn: &mut PgConnection, articles: &[Uuid]) -> Result<HashMap<Uuid, Edits>, Problem> {
    let rows: Vec<(Uuid, Uuid, Option<i32>)> = article_hands::table
        .filter(article_hands::article_id.eq_any(articles))
        .group_by((article_hands::article_id, article_hands::user_id))
        .select((article_hands::article_id, article_hands::user_id, max(article_hands::version)))
        .load(conn)?;
    let mut editors: HashMap<Uuid, Edits> = HashMap::new();
    for (article, user, last) in rows {
        editors.entry(article).or_default().insert(user, last.unwrap_or_default());
    }
    Ok(editors)
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
            let stored = content(tx.conn, article.id, version).ok();
            let now = content(tx.conn, article.id, article.current_version)?;
            let files = revisions::of_versions(tx.conn, article.id, &[version, article.current_version])?;
            let pins = |version| files.get(&version).map(|files| pins(files)).unwrap_or_default();
            stored.map(|stored| {
                let mut changed = stored.differences(&now);
                changed.extend(taken_over(&pins(version), &pins(article.current_version)));
                changed
            })
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

/// Gives the content a slug that the article holds: the one that was asked for, or one made from the first title.
///
/// # Errors
/// `validation_failed` where it is reserved, `conflict` where another article has it.
pub fn hold_slug(tx: &mut Tx<'_>, article: Uuid, held: Option<&str>, content: &mut Content) -> Result<(), Problem> {
    let slug = match (&content.slug, &content.title) {
        (Some(asked_for), _) if Some(asked_for.as_str()) == held => return Ok(()),
        (Some(asked_for), _) => {
            let slug: Slug =
                asked_for.parse().map_err(|_| Problem::invalid("/slug", "reserved", text("slug-reserved")))?;
            claim(tx, Of::Article(article), Wanted::Exactly(&slug))?
        }
        (None, Some(title)) => claim(tx, Of::Article(article), Wanted::Like(&Slug::from_text(title)))?,
        (None, None) => return Ok(()),
    };
    diesel::insert_into(slugs::table)
        .values((slugs::slug.eq(slug.as_str()), slugs::article_id.eq(article)))
        // One that it had before.
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    content.slug = Some(slug.to_string());
    Ok(())
}
