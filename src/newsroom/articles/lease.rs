//! Who is editing: a hint to others, never a lock. `If-Match` decides who may save.

use actix_web::{
    HttpResponse, delete, post,
    web::{Data, Path},
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, SelectableHelper};
use uuid::Uuid;

use super::model::Editing;
use crate::{
    access::{By, Permission, Principal},
    content::UserRef,
    db::{
        Newsroom, Tx,
        schema::{article_leases, users},
    },
    http::{
        Item, Problem,
        openapi::{ManageMakeOf, ManageRead},
        reply,
    },
    newsroom::store,
};

/// For how long somebody is taken to be editing who says nothing more.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Say that one is editing, for two minutes; again, for two minutes more.
///
/// The answer, like `editing` in the article, tells who is: the caller, unless somebody else was before. It is a hint and
/// keeps nobody from saving.
#[utoipa::path(
    tag = "Articles",
    operation_id = "take_lease",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "Who is editing", body = Item<Editing>), ManageMakeOf),
)]
#[post("/articles/{id}/lease")]
pub async fn take(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let editing = newsroom
        .transaction(move |tx| {
            let row = store::readable(tx.conn, &who, id)?;
            who.require(Permission::Edit, row.subject())?;
            hold(tx, who.at(tx.now), id)
        })
        .await?;
    Ok(reply::item(editing))
}

/// Say that one is editing no more.
#[utoipa::path(
    tag = "Articles",
    operation_id = "end_lease",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 204, description = "The caller is not editing"), ManageRead),
)]
#[delete("/articles/{id}/lease")]
pub async fn end(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            store::readable(tx.conn, &who, id)?;
            let own = article_leases::table.filter(article_leases::article_id.eq(id));
            diesel::delete(own.filter(article_leases::user_id.eq(who.id))).execute(tx.conn)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the lease to somebody who has it already, or if nobody has, and tells who has it then.
fn hold(tx: &mut Tx<'_>, by: By<'_>, article: Uuid) -> Result<Editing, Problem> {
    // Of what an insertion would change; of queries the other trait of this name is meant.
    use diesel::query_dsl::methods::FilterDsl as _;
    let theirs = (article_leases::user_id.eq(by.who.id), article_leases::ends_at.eq(by.at + LEASE));
    let free = article_leases::ends_at.le(by.at).or(article_leases::user_id.eq(by.who.id));
    diesel::insert_into(article_leases::table)
        .values((article_leases::article_id.eq(article), theirs))
        .on_conflict(article_leases::article_id)
        .do_update()
        .set(theirs)
        .filter(free)
        .execute(tx.conn)?;
    let (by, until): (UserRef, DateTime<Utc>) = QueryDsl::filter(
        article_leases::table.inner_join(users::table.on(users::id.eq(article_leases::user_id))),
        article_leases::article_id.eq(article),
    )
    .select((UserRef::as_select(), article_leases::ends_at))
    .first(tx.conn)?;
    Ok(Editing { by, until })
}
