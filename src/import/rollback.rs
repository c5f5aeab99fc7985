//! Taking a run back: what it made goes for good, what it changed is as before, unless somebody has had a hand in it since.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper, dsl::max};
use uuid::Uuid;

use super::{
    store::{self, Taken, Was},
    write::{add_views, go_on},
};
use crate::{
    access::Principal,
    audit::Stamp,
    bulk::story::{Action, What},
    db::{
        Newsroom, Tx,
        schema::{articles, import_acts, import_runs, imported_files, imported_items, media},
    },
    http::{OrNotFound, Problem},
    media::library::{store as library, uses},
    newsroom::{Transition, article::ArticleRow, articles::retention::Retention, desk, store as newsroom},
    publication,
};

/// How many articles go in one transaction.
const AT_ONCE: i64 = 50;

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Articles that the run had made, and that are gone.
    pub removed: u64,
    /// Articles that say again what they said before.
    pub restored: u64,
    /// Items that stay as they are, as somebody changed them since, or a later run.
    pub kept: Vec<i64>,
    /// Files that nothing shows any more, and that are gone.
    pub files: u64,
}

/// Takes a run back. What was cut off goes on when it is asked for again.
///
/// # Errors
/// `not_found` where there is no such run; those of the database.
pub fn roll_back(database: &Newsroom, run: i64, progress: impl Fn(u64)) -> Result<Outcome, Problem> {
    let importer = database.transaction_here(|tx| {
        import_runs::table.find(run).select(import_runs::id).first::<i64>(tx.conn).or_not_found()?;
        store::importer(tx)
    })?;
    let mut outcome = Outcome::default();
    let mut last = i64::MAX;
    loop {
        let batch = database.transaction_here(|tx| batch(tx, &importer, run, last))?;
        let Some(lowest) = batch.lowest else { break };
        last = lowest;
        outcome.removed += batch.outcome.removed;
        outcome.restored += batch.outcome.restored;
        outcome.kept.extend(batch.outcome.kept);
        progress(outcome.removed + outcome.restored + outcome.kept.len() as u64);
    }
    outcome.files = database.transaction_here(|tx| {
        diesel::update(import_runs::table.find(run)).set(import_runs::rolled_back_at.eq(tx.now)).execute(tx.conn)?;
        remove_files(tx, &importer, run)
    })?;
    outcome.kept.sort_unstable();
    Ok(outcome)
}

struct Batch {
    outcome: Outcome,
    lowest: Option<i64>,
}

/// Takes back some of what a run did, from this item downwards.
fn batch(tx: &mut Tx<'_>, importer: &Principal, run: i64, below: i64) -> Result<Batch, Problem> {
    store::begin_writing(tx, false)?;
    let acts: Vec<(Uuid, i64, Option<serde_json::Value>)> = import_acts::table
        .filter(import_acts::run_id.eq(run))
        .filter(import_acts::item_id.lt(below))
        .order(import_acts::item_id.desc())
        .limit(AT_ONCE)
        .select((import_acts::list_id, import_acts::item_id, import_acts::was))
        .load(tx.conn)?;
    let mut batch = Batch { outcome: Outcome::default(), lowest: acts.last().map(|(_, item, _)| *item) };
    for (list, item, was) in acts {
        let was: Option<Was> = was.map(serde_json::from_value).transpose().map_err(Problem::internal)?;
        let taken: Taken =
            imported_items::table.find((list, item)).select(Taken::as_select()).for_update().first(tx.conn)?;
        let row: Option<ArticleRow> = articles::table
            .filter(articles::id.eq(taken.article_id.unwrap_or_default()))
            .filter(articles::deleted_at.is_null())
            .filter(articles::revision.eq(taken.revision))
            .select(ArticleRow::as_select())
            .for_update()
            .first(tx.conn)
            .optional()?;
        match (row.filter(|_| taken.run_id == run), was) {
            (None, _) => batch.outcome.kept.push(item),
            (Some(row), None) => {
                remove(tx, importer, row)?;
                diesel::delete(imported_items::table.find((list, item))).execute(tx.conn)?;
                batch.outcome.removed += 1;
            }
            (Some(row), Some(was)) => {
                restore(tx, importer, row, taken, was)?;
                diesel::delete(import_acts::table.find((run, list, item))).execute(tx.conn)?;
                batch.outcome.restored += 1;
            }
        }
    }
    Ok(batch)
}

/// Takes an article from the public, and removes it for good: it was never anybody's here.
fn remove(tx: &mut Tx<'_>, importer: &Principal, row: ArticleRow) -> Result<(), Problem> {
    let mut case = newsroom::case(tx.conn, row, tx.now)?;
    let id = case.row.id;
    desk::discard(tx, importer.at(tx.now), &mut case.row, &case.standing, None)?;
    Retention { days: 0, keeps_published: false }.purge(tx, Stamp::by_service(tx.now), id)
}

/// Gives an article back what it said before, as further versions: history is not undone.
fn restore(tx: &mut Tx<'_>, importer: &Principal, row: ArticleRow, taken: Taken, was: Was) -> Result<(), Problem> {
    let id = row.id;
    let mut case = newsroom::case(tx.conn, row, tx.now)?;
    let by = importer.id;
    let step = |name| Action { at: tx.now, who: by, what: What::Step(name, None) };
    let mut actions = Vec::new();
    let is_shown = case.standing.live.as_ref().map(|live| live.version);
    if let Some(live) = was.live.filter(|live| is_shown != Some(*live)) {
        let content = newsroom::content(tx.conn, id, live)?;
        actions.push(Action { at: tx.now, who: by, what: What::Write(Box::new(content)) });
        actions.extend([step(Transition::Submit), step(Transition::Approve)]);
        let publish = What::Publish { id: Uuid::now_v7(), publish_at: None, expires_at: None };
        actions.push(Action { at: tx.now, who: by, what: publish });
    }
    if was.live != Some(was.version) && case.row.current_version != was.version {
        let content = newsroom::content(tx.conn, id, was.version)?;
        actions.push(Action { at: tx.now, who: by, what: What::Write(Box::new(content)) });
    }
    go_on(tx, &mut case, actions)?;
    if was.live.is_none() && is_shown.is_some() {
        case.standing = publication::standing(tx.conn, id, tx.now)?;
        publication::unpublish(tx, importer.at(tx.now).stamp(), &case.standing, None)?;
    }
    add_views(tx, id, was.views - taken.views)?;
    let revision: Option<i64> = articles::table.find(id).select(max(articles::revision)).first(tx.conn)?;
    diesel::update(imported_items::table.find((taken.list_id, taken.item_id)))
        .set((
            imported_items::digest.eq(was.digest),
            imported_items::versions.eq(was.versions),
            imported_items::views.eq(was.views),
            imported_items::revision.eq(revision.unwrap_or(taken.revision)),
            imported_items::run_id.eq(was.run),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes the files that a run took and nothing shows.
fn remove_files(tx: &mut Tx<'_>, importer: &Principal, run: i64) -> Result<u64, Problem> {
    let of_run = imported_files::table.filter(imported_files::run_id.eq(run));
    let ids: Vec<Option<Uuid>> = of_run.select(imported_files::media_id).load(tx.conn)?;
    let ids: Vec<Uuid> = ids.into_iter().flatten().collect();
    let unused: Vec<Uuid> =
        media::table.filter(media::id.eq_any(ids)).filter(uses::unused()).select(media::id).load(tx.conn)?;
    for id in &unused {
        library::remove(tx, importer.at(tx.now), *id)?;
    }
    diesel::delete(
        imported_files::table.filter(imported_files::run_id.eq(run)).filter(imported_files::media_id.is_null()),
    )
    .execute(tx.conn)?;
    Ok(unused.len() as u64)
}
