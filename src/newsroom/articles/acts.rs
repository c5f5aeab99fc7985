//! What somebody asks to be done with an article, from finding it to the answer: locked, permitted, current, done, told. For
//! one article or for many; refusals come in the order of docs/api.md, Errors.

use uuid::Uuid;

use super::{
    input::{ArticleChange, ArticleInput},
    model::Article,
    pasted::Pasted,
    read,
    told::{Outcome, Told},
    write,
};
use crate::{
    access::{By, Permission, Principal},
    db::Tx,
    http::{IfMatch, Problem},
    media::intake::Intake,
    newsroom::{
        machine::Transition,
        store,
        workflow::{
            options,
            steps::{self, TransitionInput},
        },
    },
    publication,
};

/// Takes in the pictures inside a body, before anything is written.
pub async fn pasted(intake: &Intake, who: &Principal, body: Option<&mut String>) -> Result<Pasted, Problem> {
    match body {
        Some(body) => Pasted::take(intake, who, body).await,
        None => Ok(Pasted::default()),
    }
}

/// Records those pictures, and says what else becomes of the body.
fn tell(tx: &mut Tx<'_>, by: By<'_>, pasted: Pasted, body: Option<&mut String>) -> Result<Outcome, Problem> {
    let Some(body) = body else { return Ok(Outcome::default()) };
    let (uploaded, refused) = pasted.record(tx, by, body)?;
    Ok(Outcome::of(body, tx.players, uploaded, refused))
}

/// Makes an article.
///
/// # Errors
/// Those of [`write::create`].
pub fn create(tx: &mut Tx<'_>, who: &Principal, pasted: Pasted, mut input: ArticleInput) -> Result<Told, Problem> {
    let by = who.at(tx.now);
    let meta = tell(tx, by, pasted, input.own.body.as_mut())?;
    let case = write::create(tx, by, input)?;
    Ok(Told { data: read::answer(tx.conn, tx.site, who, case)?, meta })
}

/// Changes an article.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_required`, `stale_version`, and those of [`write::edit`].
pub fn edit(
    tx: &mut Tx<'_>,
    who: &Principal,
    id: Uuid,
    expected: &IfMatch,
    pasted: Pasted,
    mut patch: ArticleChange,
) -> Result<Told, Problem> {
    let row = store::lock(tx, who, id)?;
    who.require(Permission::Edit, row.subject())?;
    store::check_current(tx, &row, expected)?;
    let by = who.at(tx.now);
    let mut case = store::case(tx.conn, row, by.at)?;
    let meta = tell(tx, by, pasted, patch.string_mut("body"))?;
    write::edit(tx, by, &mut case, &patch)?;
    Ok(Told { data: read::answer(tx.conn, tx.site, who, case)?, meta })
}

/// Moves an article along its workflow.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_required`, `stale_version`, and those of [`steps::take`].
pub fn step(
    tx: &mut Tx<'_>,
    who: &Principal,
    id: Uuid,
    expected: &IfMatch,
    wanted: Transition,
    input: &TransitionInput,
) -> Result<Article, Problem> {
    let row = store::lock(tx, who, id)?;
    let by = who.at(tx.now);
    let mut case = store::case(tx.conn, row, by.at)?;
    options::require(who, wanted, &case.row, &case.standing)?;
    store::check_current(tx, &case.row, expected)?;
    steps::take(tx, by, &mut case, wanted, input)?;
    read::answer(tx.conn, tx.site, who, case)
}

/// Moves an article to the trash.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_required`, `stale_version`, and those of [`write::discard`].
pub fn delete(
    tx: &mut Tx<'_>,
    who: &Principal,
    id: Uuid,
    expected: &IfMatch,
    reason: Option<&str>,
) -> Result<(), Problem> {
    let row = store::lock(tx, who, id)?;
    who.require(Permission::Edit, row.subject())?;
    let by = who.at(tx.now);
    let standing = publication::standing(tx.conn, id, by.at)?;
    if standing.live.is_some() || standing.scheduled.is_some() {
        options::require_over_public(who, &row, &standing)?;
    }
    store::check_current(tx, &row, expected)?;
    write::discard(tx, by, row, &standing, reason)
}
