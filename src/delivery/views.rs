//! Counting readers: durable before it is answered, and the same reader counted once in half an hour.
//!
//! This is the one thing that the public side writes. It looks an article up as the public, and counts it over the
//! other pool; no version, date, entity tag or cache is touched.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    get,
    http::header,
    post,
    web::{Data, Path},
};
use chrono::Duration;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, query_dsl::methods::FilterDsl};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::{self, Key};
use crate::{
    auth::keys::{Keys, keyed_digest},
    db::{
        Delivery, Newsroom, Tx,
        schema::{view_totals, view_visits},
    },
    http::{
        Item, OptionalJson, Problem,
        client::ClientAddress,
        openapi::{PublicCount, PublicRead},
        reply,
    },
};

/// For how long a reader who comes back is the same visit.
const VISIT: Duration = Duration::minutes(30);

/// Who reads, as far as the client wants to tell.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// An opaque name that the client gave its reader. Where left out, the address and the client's name of itself
    /// tell readers apart.
    #[schema(min_length = 1, max_length = 200, example = "c7d1f0de")]
    visitor: Option<String>,
}

/// Who reads, as the connection and the client's name of itself tell.
pub struct Reader {
    address: String,
    agent: String,
    is_robot: bool,
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default().to_owned();
        let is_robot = request.app_data::<Data<isbot::Bots>>().is_some_and(|robots| robots.is_bot(&agent));
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(address.map(|address| Self { address: address.0.to_string(), agent, is_robot }))
    }
}

/// An article's count after a view.
#[derive(Serialize, ToSchema)]
pub struct Counted {
    /// The article.
    article_id: Uuid,
    /// How often it was read, this view included.
    #[schema(minimum = 0, example = 229)]
    views: i64,
    /// Whether this view was counted: not for the same reader within half an hour, nor for a robot.
    counted: bool,
}

/// An article's count.
#[derive(Serialize, ToSchema)]
pub struct Views {
    /// The article.
    article_id: Uuid,
    /// How often it was read.
    #[schema(minimum = 0, example = 229)]
    views: i64,
}

/// Count a view of an article. Committed when answered.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "count_view",
    params(("key" = String, Path, description = "The article's id or slug")),
    request_body = Option<Visit>,
    responses((status = 200, description = "The count after this view", body = Item<Counted>), PublicCount),
)]
#[post("/articles/{key}/views")]
pub async fn count(
    delivery: Data<Delivery>,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    reader: Reader,
    key: Path<String>,
    OptionalJson(visit): OptionalJson<Visit>,
) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key)?;
    let article_id = delivery.0.read(move |conn| Ok(store::find(conn, &key)?.id)).await?;
    let counted = if reader.is_robot {
        let views = delivery.0.read(move |conn| store::views(conn, article_id)).await?;
        Counted { article_id, views, counted: false }
    } else {
        let visitor = match &visit.visitor {
            Some(name) => digest(&keys, &["visitor", name]),
            None => digest(&keys, &["address", &reader.address, &reader.agent]),
        };
        newsroom.0.transaction(move |tx| record(tx, article_id, &visitor)).await?
    };
    Ok(no_store(reply::item(counted)))
}

/// How often an article was read.
#[utoipa::path(
    tag = "Delivery",
    operation_id = "views",
    params(("key" = String, Path, description = "The article's id or slug")),
    responses((status = 200, description = "The count", body = Item<Views>), PublicRead),
)]
#[get("/articles/{key}/views")]
pub async fn show(delivery: Data<Delivery>, key: Path<String>) -> Result<HttpResponse, Problem> {
    let key = Key::parse(&key)?;
    let views = delivery
        .0
        .read(move |conn| {
            let article_id = store::find(conn, &key)?.id;
            Ok(Views { article_id, views: store::views(conn, article_id)? })
        })
        .await?;
    Ok(no_store(reply::item(views)))
}

fn no_store(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// A keyed digest: who has the table cannot tell whether an address is in it.
fn digest(keys: &Keys, parts: &[&str]) -> Vec<u8> {
    let key = keys.derive("visitors");
    let parts: Vec<&[u8]> = parts.iter().flat_map(|part| [part.as_bytes(), &[0]]).collect();
    keyed_digest(&key, &parts)[..16].to_vec()
}

fn record(tx: &mut Tx<'_>, article_id: Uuid, visitor: &[u8]) -> Result<Counted, Problem> {
    // Of two views by one reader at once, the second waits here for the first and then sees its time.
    let visit = diesel::insert_into(view_visits::table)
        .values((
            view_visits::article_id.eq(article_id),
            view_visits::visitor.eq(visitor),
            view_visits::counted_at.eq(tx.now),
        ))
        .on_conflict((view_visits::article_id, view_visits::visitor))
        .do_update()
        .set(view_visits::counted_at.eq(tx.now));
    let fresh: Option<Uuid> = FilterDsl::filter(visit, view_visits::counted_at.le(tx.now - VISIT))
        .returning(view_visits::article_id)
        .get_result(tx.conn)
        .optional()?;
    let counted = fresh.is_some();
    let views = if counted {
        diesel::insert_into(view_totals::table)
            .values((view_totals::article_id.eq(article_id), view_totals::views.eq(1)))
            .on_conflict(view_totals::article_id)
            .do_update()
            .set(view_totals::views.eq(view_totals::views + 1))
            .returning(view_totals::views)
            .get_result(tx.conn)?
    } else {
        view_totals::table.find(article_id).select(view_totals::views).first(tx.conn).optional()?.unwrap_or(0)
    };
    Ok(Counted { article_id, views, counted })
}

/// Forgets visits that no longer matter.
///
/// # Errors
/// Those of the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    let old = QueryDsl::filter(view_visits::table, view_visits::counted_at.lt(tx.now - VISIT));
    Ok(diesel::delete(old).execute(tx.conn)?)
}
