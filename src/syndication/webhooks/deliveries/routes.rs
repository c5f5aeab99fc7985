//! Deliveries: looking at them, and having them sent again. All of it needs the role `admin` on the whole site.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use uuid::Uuid;

use super::{
    model::{DeliveryFilter, WebhookDelivery},
    store,
};
use crate::{
    access::Principal,
    db::Newsroom,
    http::{
        Cursors, Item, Json, Links, List, Meta, Problem, Query,
        openapi::{ManageMakeOf, ManageRead, ManageRemove},
        paging, reply,
    },
    syndication::webhooks::{
        courier::Courier,
        model::{RedeliverInput, Redelivered},
        store::{lock, lock_lanes, looks_after},
    },
};

/// What a webhook's receiver was told and is to be told, the newest first.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "list_webhook_deliveries",
    params(("id" = Uuid, Path, description = "The webhook"), DeliveryFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of deliveries", body = List<WebhookDelivery>), ManageRead),
)]
#[get("/webhooks/{id}/deliveries")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    id: Path<Uuid>,
    Query(filter): Query<DeliveryFilter>,
) -> Result<HttpResponse, Problem> {
    let (id, limit, state) = (id.into_inner(), filter.limit, filter.state);
    let name = format!("webhook deliveries {id} {state:?}");
    let before: Option<i64> = cursors.decode(&name, filter.cursor.as_deref())?;
    looks_after(&who)?;
    let mut rows = newsroom.read(move |conn| store::page(conn, id, state, before, limit + 1)).await?;
    let next = paging::cut(&mut rows, limit, |last| last.number);
    let next = next.map(|number| reply::next_page(&request, &cursors.encode(&name, &number)));
    let data: Vec<WebhookDelivery> = rows.into_iter().map(|row| row.delivery).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// One of these.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "get_webhook_delivery",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("delivery" = Uuid, Path, description = "The delivery: `webhook-id` of its requests"),
    ),
    security(("sign_in" = [])),
    responses((status = 200, description = "The delivery", body = Item<WebhookDelivery>), ManageRead),
)]
#[get("/webhooks/{id}/deliveries/{delivery}")]
pub async fn show(newsroom: Data<Newsroom>, who: Principal, path: Path<(Uuid, Uuid)>) -> Result<HttpResponse, Problem> {
    looks_after(&who)?;
    let (id, delivery) = path.into_inner();
    Ok(reply::item(newsroom.read(move |conn| store::find(conn, id, delivery)).await?))
}

/// Send one again, whatever has become of it, under the same `webhook-id`.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "redeliver_webhook_delivery",
    params(
        ("id" = Uuid, Path, description = "The webhook"),
        ("delivery" = Uuid, Path, description = "The delivery: `webhook-id` of its requests"),
    ),
    security(("sign_in" = [])),
    responses((status = 200, description = "The delivery as it then is", body = Item<WebhookDelivery>), ManageRemove),
)]
#[post("/webhooks/{id}/deliveries/{delivery}/redeliver")]
pub async fn redeliver(
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    path: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    looks_after(&who)?;
    let (id, delivery) = path.into_inner();
    let again = newsroom
        .transaction(move |tx| {
            lock_lanes(tx, id)?;
            lock(tx, id, None)?;
            store::redeliver(tx, who.at(tx.now), id, delivery)
        })
        .await?;
    courier.wake();
    Ok(reply::item(again))
}

/// Send all again that happened since then, in order, each under the same `webhook-id`.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "redeliver_webhook",
    params(("id" = Uuid, Path, description = "The webhook")),
    request_body = RedeliverInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "How many these are", body = Item<Redelivered>), ManageMakeOf),
)]
#[post("/webhooks/{id}/redeliver")]
pub async fn redeliver_since(
    newsroom: Data<Newsroom>,
    courier: Data<Courier>,
    who: Principal,
    id: Path<Uuid>,
    Json(input): Json<RedeliverInput>,
) -> Result<HttpResponse, Problem> {
    looks_after(&who)?;
    let id = id.into_inner();
    let deliveries = newsroom
        .transaction(move |tx| {
            lock_lanes(tx, id)?;
            lock(tx, id, None)?;
            store::redeliver_since(tx, who.at(tx.now), id, input.since)
        })
        .await?;
    courier.wake();
    Ok(reply::item(Redelivered { deliveries }))
}
