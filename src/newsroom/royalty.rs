//! Royalties ("Số tiền"): beside the article, not part of a version; each setting is kept.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse, get, put,
    web::{Data, Path},
};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store;
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{Newsroom, Tx, schema::royalties},
    http::{
        ETag, IfMatch, Item, Json, Problem,
        openapi::{ManageChange, ManageRead},
        reply,
    },
};

/// What a piece earns its writer.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Royalty {
    /// In the currency's smallest unit.
    #[schema(minimum = 0, example = 350_000)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(example = "VND")]
    pub currency: String,
}

/// The largest royalty, in the currency's smallest unit. The schema of the input says the same.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// A royalty to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoyaltyInput {
    /// In the currency's smallest unit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 350_000)]
    amount: i64,
    /// ISO 4217.
    #[serde(default = "vnd")]
    #[schema(pattern = "^[A-Z]{3}$", default = "VND", example = "VND")]
    currency: String,
}

/// The currency, where none is said.
pub fn vnd() -> String {
    "VND".to_owned()
}

/// The royalty of an article; 404 until set.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_royalty",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The royalty in force", body = Item<Royalty>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/articles/{id}/royalty")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let (revision, royalty) = newsroom
        .read(move |conn| {
            let row = store::readable(conn, &who, id)?;
            who.require(Permission::Royalties, row.subject())?;
            current_royalties(conn, &[id])?.remove(&id).ok_or_else(Problem::not_found)
        })
        .await?;
    Ok(reply::tagged(&request, royalty, &etag(revision)))
}

/// Set the royalty of an article.
///
/// The first time without `If-Match`; from then on with the entity tag of the one in force.
#[utoipa::path(
    tag = "Articles",
    operation_id = "set_royalty",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the royalty in force"),
    ),
    request_body = RoyaltyInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "The royalty in force", body = Item<Royalty>), ManageChange),
)]
#[put("/articles/{id}/royalty")]
pub async fn set(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    Json(input): Json<RoyaltyInput>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let (revision, royalty) = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id)?;
            who.require(Permission::Royalties, row.subject())?;
            let current = current_royalties(tx.conn, &[id])?.remove(&id);
            expected.over(current.as_ref().map(|(revision, _)| etag(*revision)).as_ref())?;
            let royalty = Royalty { amount: input.amount, currency: input.currency };
            match current {
                Some((revision, same)) if same == royalty => Ok((revision, royalty)),
                _ => record(tx, who.at(tx.now), id, current.map_or(1, |(revision, _)| revision + 1), royalty),
            }
        })
        .await?;
    Ok(reply::tagged(&request, royalty, &etag(revision)))
}

/// Writes a royalty down as this revision.
pub fn record(
    tx: &mut Tx<'_>,
    by: By<'_>,
    article: Uuid,
    revision: i32,
    royalty: Royalty,
) -> Result<(i32, Royalty), Problem> {
    diesel::insert_into(royalties::table)
        .values((
            royalties::article_id.eq(article),
            royalties::revision.eq(revision),
            royalties::amount.eq(royalty.amount),
            royalties::currency.eq(&royalty.currency),
            royalties::set_by.eq(by.who.id),
            royalties::set_at.eq(by.at),
        ))
        .execute(tx.conn)?;
    // The amount is in the royalties' own history; the event log, which more people read, does without.
    audit::record(tx.conn, article, by.stamp(), &Event::RoyaltySet { revision })?;
    Ok((revision, royalty))
}

/// The royalty in force of each of these articles, with its revision.
pub fn current_royalties(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, (i32, Royalty)>, Problem> {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = royalties)]
    struct Row {
        article_id: Uuid,
        revision: i32,
        amount: i64,
        currency: String,
    }
    let rows: Vec<Row> = royalties::table
        .filter(royalties::article_id.eq_any(ids))
        .distinct_on(royalties::article_id)
        .order((royalties::article_id, royalties::revision.desc()))
        .select(Row::as_select())
        .load(conn)?;
    let royalty =
        |Row { article_id, revision, amount, currency }| (article_id, (revision, Royalty { amount, currency }));
    Ok(rows.into_iter().map(royalty).collect())
}

fn etag(revision: i32) -> ETag {
    ETag::new(format!("royalty-{revision}"))
}
