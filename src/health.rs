//! Whether the service lives, and whether it should be sent requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpResponse, get, http::header, web::Data};
use diesel::RunQueryDsl;
use futures_util::future::try_join;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    db::{Delivery, Newsroom, pool::clock},
    http::{Problem, openapi::PublicList},
};

/// Who asks whether the service is ready has an answer by then, whatever the database does.
const ANSWERS_WITHIN: Duration = Duration::from_millis(800);

/// Whether new requests are welcome.
pub struct Ready(pub Arc<AtomicBool>);

/// How the service is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// In a word.
    #[schema(example = "ready")]
    status: &'static str,
}

/// The process lives.
#[utoipa::path(
    tag = "Operations",
    operation_id = "get_liveness",
    responses((status = 200, description = "It does", body = Health), PublicList),
)]
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    healthy("live")
}

/// The service can answer: both sides reach their database, and nobody has told it to stop.
#[utoipa::path(
    tag = "Operations",
    operation_id = "get_readiness",
    responses((status = 200, description = "It can", body = Health), PublicList),
)]
#[get("/health/ready")]
pub async fn ready(
    ready: Data<Ready>,
    newsroom: Data<Newsroom>,
    delivery: Data<Delivery>,
) -> Result<HttpResponse, Problem> {
    if !ready.0.load(Ordering::Acquire) {
        return Err(Problem::unavailable("starting or stopping"));
    }
    let writes = newsroom.read(|conn| Ok(diesel::select(clock()).execute(conn)?));
    let reads = delivery.read(|conn| Ok(diesel::select(clock()).execute(conn)?));
    let both = timeout(ANSWERS_WITHIN, try_join(writes, reads)).await;
    both.map_err(|_| Problem::unavailable("the database does not answer"))??;
    Ok(healthy("ready"))
}

fn healthy(status: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Health { status })
}
