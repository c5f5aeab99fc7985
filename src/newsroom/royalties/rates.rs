//! What pieces are paid by: for each type of article a base, and something for each page and each photo.

use actix_web::{HttpRequest, HttpResponse, get, put, web::Data};
use diesel::{
    ExpressionMethods, Insertable, OptionalExtension, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper, connection::SimpleConnection,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{
        Newsroom, Tx,
        schema::{article_types, royalty_rate_tables, royalty_rates},
    },
    http::{
        ETag, FieldError, IfMatch, Item, Json, Problem,
        openapi::{ManageChange, ManageRead},
        reply, text,
    },
    newsroom::royalty::vnd,
};

/// What articles are paid by.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct RoyaltyRates {
    /// ISO 4217.
    #[schema(example = "VND")]
    pub currency: String,
    /// By article type, in the order of their codes.
    pub rates: Vec<RoyaltyRate>,
}

/// What an article of a type earns, in the currency's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = royalty_rates)]
pub struct RoyaltyRate {
    /// The code of the type.
    #[schema(example = "news")]
    pub article_type: String,
    /// By itself.
    #[schema(minimum = 0, example = 200_000)]
    pub base: i64,
    /// For each page.
    #[schema(minimum = 0, example = 50_000)]
    pub per_page: i64,
    /// For each photo.
    #[schema(minimum = 0, example = 20_000)]
    pub per_photo: i64,
}

/// What articles are to be paid by. It takes the place of all that was said before.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoyaltyRatesInput {
    /// ISO 4217.
    #[serde(default = "vnd")]
    #[schema(pattern = "^[A-Z]{3}$", default = "VND", example = "VND")]
    currency: String,
    /// By article type. Types that are left out have no rate.
    #[schema(max_items = 200)]
    rates: Vec<RoyaltyRateInput>,
}

/// What an article of a type is to earn.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoyaltyRateInput {
    /// The code of the type.
    #[schema(max_length = 40, example = "news")]
    article_type: String,
    /// By itself.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, default = 0, example = 200_000)]
    base: i64,
    /// For each page.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, default = 0, example = 50_000)]
    per_page: i64,
    /// For each photo.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, default = 0, example = 20_000)]
    per_photo: i64,
}

#[derive(Insertable)]
#[diesel(table_name = royalty_rates)]
struct Row<'a> {
    revision: i32,
    article_type: &'a str,
    base: i64,
    per_page: i64,
    per_photo: i64,
}

/// What articles are paid by; 404 until set.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_royalty_rates",
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The rates in force", body = Item<RoyaltyRates>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/royalty-rates")]
pub async fn show(request: HttpRequest, newsroom: Data<Newsroom>, who: Principal) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Royalties)?;
    let (revision, rates) = newsroom.read(current).await?.ok_or_else(Problem::not_found)?;
    Ok(reply::tagged(&request, rates, &etag(revision)))
}

/// Say what articles are paid by.
///
/// The first time without `If-Match`; from then on with the entity tag of the rates in force. Royalties that are set
/// already stay as they are. It takes the right to royalties on the whole site.
#[utoipa::path(
    tag = "Articles",
    operation_id = "set_royalty_rates",
    params(("If-Match" = Option<String>, Header, description = "The entity tag of the rates in force")),
    request_body = RoyaltyRatesInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "The rates in force", body = Item<RoyaltyRates>), ManageChange),
)]
#[put("/royalty-rates")]
pub async fn set(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    expected: IfMatch,
    Json(input): Json<RoyaltyRatesInput>,
) -> Result<HttpResponse, Problem> {
    who.require_at(Permission::Royalties, None)?;
    let (revision, rates) = newsroom
        .transaction(move |tx| {
            // Who comes second finds what the first has set.
            tx.conn.batch_execute("LOCK TABLE royalty_rate_tables IN SHARE ROW EXCLUSIVE MODE")?;
            let current = current(tx.conn)?;
            expected.over(current.as_ref().map(|(revision, _)| etag(*revision)).as_ref())?;
            check(tx.conn, &input)?;
            match current {
                Some((revision, rates)) if input.says(&rates) => Ok((revision, rates)),
                current => record(tx, who.at(tx.now), current.map_or(1, |(revision, _)| revision + 1), &input),
            }
        })
        .await?;
    Ok(reply::tagged(&request, rates, &etag(revision)))
}

impl RoyaltyRatesInput {
    /// What is in force once it is set.
    fn rates(&self) -> RoyaltyRates {
        let rate = |rate: &RoyaltyRateInput| RoyaltyRate {
            article_type: rate.article_type.clone(),
            base: rate.base,
            per_page: rate.per_page,
            per_photo: rate.per_photo,
        };
        let mut rates: Vec<RoyaltyRate> = self.rates.iter().map(rate).collect();
        rates.sort_by(|one, other| one.article_type.cmp(&other.article_type));
        RoyaltyRates { currency: self.currency.clone(), rates }
    }

    /// Whether it says nothing new.
    fn says(&self, rates: &RoyaltyRates) -> bool {
        self.rates() == *rates
    }
}

/// Each rate is of a type that is there, and of another than those before.
fn check(conn: &mut PgConnection, input: &RoyaltyRatesInput) -> Result<(), Problem> {
    let known: Vec<String> = article_types::table.select(article_types::code).load(conn)?;
    let mut errors = Vec::new();
    for (index, rate) in input.rates.iter().enumerate() {
        let mut push = |code, message| {
            errors.push(FieldError::new(format!("/rates/{index}/article_type"), code, message));
        };
        if !known.contains(&rate.article_type) {
            push("unknown", text("unknown-article-type").with("name", &rate.article_type));
        } else if input.rates[..index].iter().any(|other| other.article_type == rate.article_type) {
            push("repeated", text("repeated-item"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

fn record(
    tx: &mut Tx<'_>,
    by: By<'_>,
    revision: i32,
    input: &RoyaltyRatesInput,
) -> Result<(i32, RoyaltyRates), Problem> {
    diesel::insert_into(royalty_rate_tables::table)
        .values((
            royalty_rate_tables::revision.eq(revision),
            royalty_rate_tables::currency.eq(&input.currency),
            royalty_rate_tables::set_by.eq(by.who.id),
            royalty_rate_tables::set_at.eq(by.at),
        ))
        .execute(tx.conn)?;
    let rows = input.rates.iter().map(|rate| Row {
        revision,
        article_type: &rate.article_type,
        base: rate.base,
        per_page: rate.per_page,
        per_photo: rate.per_photo,
    });
    diesel::insert_into(royalty_rates::table).values(rows.collect::<Vec<_>>()).execute(tx.conn)?;
    // There is one table of rates, which needs no id. What it says is in its own history.
    audit::record(tx.conn, Uuid::nil(), by.stamp(), &Event::RatesSet { revision })?;
    Ok((revision, input.rates()))
}

/// The rates in force, with their revision. Two queries.
pub fn current(conn: &mut PgConnection) -> Result<Option<(i32, RoyaltyRates)>, Problem> {
    let newest: Option<(i32, String)> = royalty_rate_tables::table
        .order(royalty_rate_tables::revision.desc())
        .select((royalty_rate_tables::revision, royalty_rate_tables::currency))
        .first(conn)
        .optional()?;
    let Some((revision, currency)) = newest else { return Ok(None) };
    let mut rates: Vec<RoyaltyRate> = royalty_rates::table
        .filter(royalty_rates::revision.eq(revision))
        .select(RoyaltyRate::as_select())
        .load(conn)?;
    rates.sort_by(|one, other| one.article_type.cmp(&other.article_type));
    Ok(Some((revision, RoyaltyRates { currency, rates })))
}

fn etag(revision: i32) -> ETag {
    ETag::new(format!("rates-{revision}"))
}
