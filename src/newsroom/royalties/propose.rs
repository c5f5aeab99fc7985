//! Working out royalties that nobody has set, by the rates.

use actix_web::{HttpResponse, post, web::Data};
use chrono::NaiveDate;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{period::Period, rates};
use crate::{
    access::{By, Permission, Principal, Readable},
    audit::{self, Event},
    db::{Newsroom, Tx},
    http::{Item, OptionalJson, Problem, openapi::ManageCreate, reply, text},
    newsroom::royalty::MAX_AMOUNT,
    taxonomy::categories,
};

/// No more articles are worked out at once.
const MAX_ARTICLES: i64 = 10_000;

/// Which royalties are to be worked out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalInput {
    /// Of articles that first became public on this day of Asia/Ho_Chi_Minh or later.
    #[schema(format = Date, example = "2026-11-01")]
    from: Option<NaiveDate>,
    /// On this day or earlier.
    #[schema(format = Date, example = "2026-11-30")]
    to: Option<NaiveDate>,
    /// In this category or below, by slug or id.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    category: Option<String>,
}

/// What was worked out.
#[derive(Serialize, ToSchema)]
pub struct Proposal {
    /// How many royalties were set.
    #[schema(minimum = 0)]
    articles: usize,
    /// What they are together, in the currency's smallest unit.
    #[schema(minimum = 0)]
    amount: i64,
    /// ISO 4217.
    #[schema(example = "VND")]
    currency: String,
    /// How many are still not set: their type has no rate, or it comes to more than a royalty may be.
    #[schema(minimum = 0)]
    left: usize,
}

/// Work out the royalties that are not set, by the rates, of articles that were ever public.
///
/// Type, pages and photos count as in the version that was the last to become public. What is set stays as it is. All of
/// them are set together, or none; at most 10,000 at once.
#[utoipa::path(
    tag = "Articles",
    operation_id = "propose_royalties",
    request_body = Option<ProposalInput>,
    security(("sign_in" = [])),
    responses((status = 200, description = "What was worked out", body = Item<Proposal>), ManageCreate),
)]
#[post("/royalties:propose")]
pub async fn propose(
    newsroom: Data<Newsroom>,
    who: Principal,
    OptionalJson(input): OptionalJson<ProposalInput>,
) -> Result<HttpResponse, Problem> {
    let seen = who.reached(Permission::Royalties)?;
    let period = Period::of(input.from, input.to).map_err(|error| Problem::validation(vec![error]))?;
    let proposal = newsroom
        .transaction(move |tx| {
            let category = category(tx, input.category.as_deref())?;
            let (revision, rates) = rates::current(tx.conn)?.ok_or_else(|| Problem::conflict(text("no-rates")))?;
            let articles = unset(tx, period, category, &seen)?;
            let set = work_out(tx, who.at(tx.now), revision, &rates.currency, &articles)?;
            // The amounts are in the royalties' own history.
            let ids: Vec<Uuid> = set.iter().map(|royalty| royalty.article_id).collect();
            audit::record_each(tx.conn, &ids, who.at(tx.now).stamp(), &Event::RoyaltySet { revision: 1 })?;
            Ok(Proposal {
                articles: set.len(),
                // So many of at most so much each are within it.
                amount: set.iter().map(|royalty| royalty.amount).sum(),
                currency: rates.currency,
                left: articles.len() - set.len(),
            })
        })
        .await?;
    Ok(reply::item(proposal))
}

fn category(tx: &mut Tx<'_>, named: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let unknown = || Problem::invalid("/category", "unknown", text("unknown-category").with("name", named));
    Ok(Some(categories::find(tx.conn, named)?.ok_or_else(unknown)?.id))
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

/// The articles that were ever public and have no royalty, locked like those of which one is set by hand. In SQL by hand,
/// for the query builder cannot compare rows.
fn unset(tx: &mut Tx<'_>, period: Period, category: Option<Uuid>, seen: &Readable) -> Result<Vec<Uuid>, Problem> {
    let found: Vec<Id> = sql_query(
        "SELECT a.id FROM publications p JOIN articles a ON a.id = p.article_id
          WHERE p.starts_at <= $1 AND p.starts_at >= coalesce($2, '-infinity') AND p.starts_at < coalesce($3, 'infinity')
            AND NOT EXISTS (SELECT FROM publications e
                             WHERE e.article_id = p.article_id AND (e.starts_at, e.id) < (p.starts_at, p.id))
            AND NOT EXISTS (SELECT FROM royalties r WHERE r.article_id = p.article_id)
            AND a.deleted_at IS NULL
            AND ($4 OR a.category_id = ANY ($5))
            AND ($6 IS NULL OR a.category_id IN (SELECT category_id FROM category_ancestors WHERE ancestor_id = $6))
          ORDER BY a.id LIMIT $7
            FOR NO KEY UPDATE OF a",
    )
    .bind::<sql_types::Timestamptz, _>(tx.now)
    .bind::<sql_types::Nullable<sql_types::Timestamptz>, _>(period.begins)
    .bind::<sql_types::Nullable<sql_types::Timestamptz>, _>(period.ends)
    .bind::<sql_types::Bool, _>(seen.everything)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(&seen.categories)
    .bind::<sql_types::Nullable<sql_types::Uuid>, _>(category)
    .bind::<sql_types::BigInt, _>(MAX_ARTICLES + 1)
    .load(tx.conn)?;
    if i64::try_from(found.len()).is_ok_and(|found| found > MAX_ARTICLES) {
        let message = text("too-many-articles").with("limit", MAX_ARTICLES);
        return Err(Problem::invalid("", "too_many", message));
    }
    Ok(found.into_iter().map(|article| article.id).collect())
}

#[derive(QueryableByName)]
struct Set {
    #[diesel(sql_type = sql_types::Uuid)]
    article_id: Uuid,
    #[diesel(sql_type = sql_types::BigInt)]
    amount: i64,
}

/// Sets the royalties of these articles, as far as there are rates for them. One that somebody has set meanwhile stays.
fn work_out(tx: &mut Tx<'_>, by: By<'_>, rates: i32, currency: &str, articles: &[Uuid]) -> Result<Vec<Set>, Problem> {
    Ok(sql_query(
        "INSERT INTO royalties (article_id, revision, amount, currency, set_by, set_at)
         SELECT id, 1, amount, $3, $4, $5
           FROM (SELECT a.id, rate.base + rate.per_page * (v.content ->> 'page_count')::bigint
                                        + rate.per_photo * (v.content ->> 'photo_count')::bigint AS amount
                   FROM unnest($2) a (id)
                  CROSS JOIN LATERAL (SELECT version FROM publications WHERE article_id = a.id AND starts_at <= $5
                                       ORDER BY starts_at DESC, id DESC LIMIT 1) p
                   JOIN article_versions v ON v.article_id = a.id AND v.version = p.version
                   JOIN royalty_rates rate ON rate.revision = $1 AND rate.article_type = v.content ->> 'article_type'
                ) worked_out
          WHERE amount <= $6
             ON CONFLICT DO NOTHING
         RETURNING article_id, amount",
    )
    .bind::<sql_types::Integer, _>(rates)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(articles)
    .bind::<sql_types::Text, _>(currency)
    .bind::<sql_types::Uuid, _>(by.who.id)
    .bind::<sql_types::Timestamptz, _>(by.at)
    .bind::<sql_types::BigInt, _>(MAX_AMOUNT)
    .load(tx.conn)?)
}
