//! Making keys, seeing them, revoking them.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{Data, Path},
};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    model::{ApiKey, ApiKeyFilter, ApiKeyInput, NewApiKey},
    store,
};
use crate::{
    access::{Permission, Principal},
    db::Newsroom,
    http::{
        Cursors, Item, Json, List, Problem, Query,
        openapi::{ManageCreate, ManageList, ManageRead},
        reply,
    },
};

/// Make a key for a program.
///
/// It acts in the caller's name, with at most what the caller may do at that moment. The answer holds the key, this once.
/// Keys look after neither people nor keys.
#[utoipa::path(
    tag = "People",
    operation_id = "create_api_key",
    request_body = ApiKeyInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Made", body = Item<NewApiKey>), ManageCreate),
)]
#[post("/api-keys")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<ApiKeyInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Keys)?;
    let made = newsroom.transaction(move |tx| store::make(tx, who.at(tx.now), &input)).await?;
    let location = format!("/api/v1/manage/api-keys/{}", made.known.id);
    Ok(reply::created(&location, made, None))
}

/// One's keys, the newest first; whoever administers the site sees all.
#[utoipa::path(
    tag = "People",
    operation_id = "list_api_keys",
    params(ApiKeyFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of keys", body = List<ApiKey>), ManageList),
)]
#[get("/api-keys")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<ApiKeyFilter>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Keys)?;
    let (name, limit) = (format!("api-keys {:?}", filter.prefix), filter.limit);
    let before: Option<Uuid> = cursors.decode(&name, filter.cursor.as_deref())?;
    let find = move |conn: &mut PgConnection| store::page(conn, &who, filter.prefix.as_deref(), before, limit + 1);
    let keys = newsroom.read(find).await?;
    Ok(reply::page(&request, &cursors, &name, limit, keys, |last| last.id))
}

/// What is known of a key.
#[utoipa::path(
    tag = "People",
    operation_id = "get_api_key",
    params(("id" = Uuid, Path, description = "The key's id")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The key", body = Item<ApiKey>), ManageRead),
)]
#[get("/api-keys/{id}")]
pub async fn show(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::Keys)?;
    Ok(reply::item(newsroom.read(move |conn| store::find(conn, &who, id)).await?))
}

/// Revoke a key. It is of no use from the next request on; what is known of it stays.
#[utoipa::path(
    tag = "People",
    operation_id = "revoke_api_key",
    params(("id" = Uuid, Path, description = "The key's id")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Revoked"), ManageRead),
)]
#[delete("/api-keys/{id}")]
pub async fn revoke(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::Keys)?;
    newsroom
        .transaction(move |tx| {
            store::find(tx.conn, &who, id)?;
            store::revoke(tx, who.at(tx.now), id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
