//! Who is at the review of an article: a hint to the others who may decide, never a lock.

use actix_web::{
    HttpRequest, HttpResponse, delete, post,
    web::{Data, Path},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use uuid::Uuid;

use super::{model::Article, read};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{Newsroom, Tx, schema::articles},
    http::{Item, Problem, openapi::ManageMakeOf, reply, text},
    newsroom::{
        article::ArticleRow,
        machine::Transition,
        review::Review,
        store,
        workflow::four_eyes::{Hand, require_fresh_eyes},
    },
};

/// Say that one is at the review of an article, up to the end of the present stage.
///
/// It is for whoever may decide that stage. It keeps none of the others from deciding, but nobody else claims it meanwhile:
/// that is 409. The entity tag stays as it is.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "claim_article",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageMakeOf),
)]
#[post("/articles/{id}/claim")]
pub async fn take(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    change(request, newsroom, who, id, hold).await
}

/// Say that one is at it no more. Administrators end the claims of others, too.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "end_claim",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageMakeOf),
)]
#[delete("/articles/{id}/claim")]
pub async fn end(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    change(request, newsroom, who, id, let_go).await
}

async fn change(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    act: impl Fn(&mut Tx<'_>, By<'_>, &mut ArticleRow) -> Result<(), Problem> + Clone + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let article = newsroom
        .transaction(move |tx| {
            let mut row = store::lock(tx, &who, id)?;
            let by = who.at(tx.now);
            act(tx, by, &mut row)?;
            let case = store::case(tx.conn, row, by.at)?;
            read::answer(tx.conn, tx.site, &who, case)
        })
        .await?;
    Ok(reply::tagged(&request, &article, &article.etag))
}

fn hold(tx: &mut Tx<'_>, by: By<'_>, row: &mut ArticleRow) -> Result<(), Problem> {
    let Some(review) = row.under_review().cloned() else {
        by.who.require(Permission::Review, row.subject())?;
        return Err(Problem::conflict(text("not-under-review")));
    };
    review.require_decider(by.who, row.subject())?;
    // Whoever edited it may still send it back.
    require_fresh_eyes(by.who, Hand::of(by.who, &review, false, Transition::Reject), false, None)?;
    match review.claimed_by {
        Some(other) if other != by.who.id => Err(Problem::conflict(text("claimed-by-another"))),
        Some(_) => Ok(()),
        None => {
            let stage = review.current().map(|stage| stage.rule.name.clone()).unwrap_or_default();
            keep(tx, row, Review { claimed_by: Some(by.who.id), ..review })?;
            audit::record(tx.conn, row.id, by.stamp(), &Event::ArticleClaimed { stage: &stage })
        }
    }
}

fn let_go(tx: &mut Tx<'_>, by: By<'_>, row: &mut ArticleRow) -> Result<(), Problem> {
    let Some(review) = row.under_review().cloned() else { return Ok(()) };
    let Some(of) = review.claimed_by else { return Ok(()) };
    if of != by.who.id && !by.who.decides_as(None, row.subject()) {
        return Err(Problem::forbidden());
    }
    keep(tx, row, Review { claimed_by: None, ..review })?;
    audit::record(tx.conn, row.id, by.stamp(), &Event::ArticleReleased { of })
}

/// No edit and no step: revision and time stay.
fn keep(tx: &mut Tx<'_>, row: &mut ArticleRow, review: Review) -> Result<(), Problem> {
    row.review = Some(review);
    diesel::update(articles::table.find(row.id)).set(articles::review.eq(&row.review)).execute(tx.conn)?;
    Ok(())
}
