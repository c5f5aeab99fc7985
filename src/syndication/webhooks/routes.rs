//! Setting webhooks up and looking after them. All of it needs the role `admin` on the whole site.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use diesel::PgConnection;
use serde_json::json;
use uuid::Uuid;

use super::{
    courier::{Courier, Letter},
    deliveries::{model::WebhookDelivery, store as deliveries},
    model::{Webhook, WebhookInput, WebhookPatch, WebhookWithSecret},
    store,
};
use crate::{
    access::{Permission, Principal},
    db::{Newsroom, pool::clock},
    http::{
        Cursors, IfMatch, Item, Json, List, MergePatch, Paging, Problem, Query,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageList, ManageRead, ManageRemove},
        reply,
    },
};

/// Set up a webhook: from now on its receiver is told of each such event, by a signed request (Standard Webhooks).
///
/// The answer holds the secret, this once.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "create_webhook",
    request_body = WebhookInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Made", body = Item<WebhookWithSecret>), ManageCreate),
)]
#[post("/webhooks")]
pub async fn create(
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    Json(input): Json<WebhookInput>,
) -> Result<HttpResponse, Problem> {
    who.require_at(Permission::Webhooks, None)?;
    let (url, seal) = (store::fit(&courier, &input.url).await?, courier.seal);
    let made = newsroom.transaction(move |tx| store::make(tx, who.at(tx.now), seal, &url, &input)).await?;
    let (location, etag) = (format!("/api/v1/manage/webhooks/{}", made.known.id), made.known.etag());
    Ok(reply::created(&location, made, Some(&etag)))
}

/// All webhooks, the newest first.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "list_webhooks",
    params(Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of webhooks", body = List<Webhook>), ManageList),
)]
#[get("/webhooks")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(paging): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    who.require_at(Permission::Webhooks, None)?;
    let limit = paging.limit;
    let before: Option<Uuid> = cursors.decode("webhooks", paging.cursor.as_deref())?;
    let found = newsroom.read(move |conn| store::page(conn, before, limit + 1)).await?;
    Ok(reply::page(&request, &cursors, "webhooks", limit, found, |last| last.id))
}

/// A webhook.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "get_webhook",
    params(("id" = Uuid, Path, description = "The webhook")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The webhook", body = Item<Webhook>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/webhooks/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let id = id.into_inner();
    Ok(revised(&request, newsroom.read(move |conn| store::find(conn, id)).await?))
}

/// Change a webhook: a JSON merge patch. What waits goes to the new address.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "change_webhook",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("If-Match" = String, Header, description = "The entity tag of the webhook that is meant"),
    ),
    request_body(content = WebhookPatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The webhook as it then is", body = Item<Webhook>), ManageChange),
)]
#[patch("/webhooks/{id}")]
pub async fn change(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<WebhookPatch>,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let id = id.into_inner();
    // Names are looked up before anything is locked. Whoever changes it meanwhile is found out by the tag.
    let found = newsroom.read(move |conn| store::find(conn, id)).await?;
    expected.met_by(&found.etag())?;
    let input: WebhookInput = patch.apply(json!(found.written()))?;
    let url = if input.url == found.url {
        found.url.parse().map_err(Problem::internal)?
    } else {
        store::fit(&courier, &input.url).await?
    };
    let webhook = newsroom
        .transaction(move |tx| {
            store::lock_lanes(tx, id)?;
            let current = store::lock(tx, id, Some(&expected))?;
            store::edit(tx, who.at(tx.now), current, &url, &input)
        })
        .await?;
    courier.wake();
    Ok(revised(&request, webhook))
}

/// Remove a webhook, with the record of its deliveries.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "delete_webhook",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("If-Match" = String, Header, description = "The entity tag of the webhook that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Removed"), ManageDelete),
)]
#[delete("/webhooks/{id}")]
pub async fn delete(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            store::lock_lanes(tx, id)?;
            let webhook = store::lock(tx, id, Some(&expected))?;
            store::remove(tx, who.at(tx.now), &webhook)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give a webhook another secret. The answer holds it, this once.
///
/// For 24 hours what is sent is signed by both, so that receivers change over without missing anything. The one before the last is
/// of no use at once.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "rotate_webhook_secret",
    params(("id" = Uuid, Path, description = "The webhook")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The webhook and its secret", body = Item<WebhookWithSecret>), ManageRemove),
)]
#[post("/webhooks/{id}/secret")]
pub async fn rotate(
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let (id, seal) = (id.into_inner(), courier.seal);
    let made = newsroom
        .transaction(move |tx| {
            store::lock(tx, id, None)?;
            store::rotate(tx, who.at(tx.now), seal, id)
        })
        .await?;
    Ok(reply::item(made))
}

/// Have a paused webhook go on. All that has gathered is sent, in order.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "resume_webhook",
    params(("id" = Uuid, Path, description = "The webhook")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The webhook as it then is", body = Item<Webhook>), ManageRemove),
)]
#[post("/webhooks/{id}/resume")]
pub async fn resume(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let id = id.into_inner();
    let webhook = newsroom
        .transaction(move |tx| {
            store::lock_lanes(tx, id)?;
            store::lock(tx, id, None)?;
            store::resume(tx, who.at(tx.now), id)?;
            store::find(tx.conn, id)
        })
        .await?;
    courier.wake();
    Ok(revised(&request, webhook))
}

/// Send a webhook's receiver a ping (`webhook.ping`), once and at once, and say what came of it. Paused or not.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "ping_webhook",
    params(("id" = Uuid, Path, description = "The webhook")),
    security(("sign_in" = [])),
    responses((status = 200, description = "What came of it", body = Item<WebhookDelivery>), ManageRemove),
)]
#[post("/webhooks/{id}/ping")]
pub async fn ping(
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    store::looks_after(&who)?;
    let id = id.into_inner();
    let find = move |conn: &mut PgConnection| {
        let now = diesel::RunQueryDsl::get_result(diesel::select(clock()), conn)?;
        Ok((store::receiver(conn, id, now)?, now))
    };
    let (receiver, now) = newsroom.read(find).await?;
    let letter = Letter { id: Uuid::now_v7(), kind: None, article: None, reason: None, notice: None, happened_at: now };
    let tried = courier.ping(&receiver, &letter).await?;
    let delivery = newsroom
        .transaction(move |tx| {
            store::lock(tx, id, None)?;
            deliveries::note_ping(tx, id, &letter, &tried)
        })
        .await?;
    Ok(reply::item(delivery))
}

fn revised(request: &HttpRequest, webhook: Webhook) -> HttpResponse {
    let etag = webhook.etag();
    reply::tagged(request, webhook, &etag)
}
