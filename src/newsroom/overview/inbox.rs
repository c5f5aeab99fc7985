//! What waits for somebody: reviews that they may decide, what was sent back to them, what they may publish.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, SelectableHelper,
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::{Deciding, Permission, Principal, Readable},
    db::{Newsroom, pool::snapshot, schema::articles},
    http::{Cursors, Links, Problem, Query, openapi::ManageList, paging, reply},
    newsroom::{
        article::ArticleRow,
        articles::{model::ArticleCard, read},
    },
};

/// Which of it, and which page.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxFilter {
    /// Only what waits for this.
    #[param(inline)]
    waits_for: Option<WaitsFor>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    cursor: Option<String>,
}

/// What an article waits for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum WaitsFor {
    /// A decision on a stage that the caller may decide, and has had no hand in.
    Review,
    /// To be written again by the caller, who made it: it was sent back.
    Rework,
    /// To be published by somebody: it is approved.
    Publication,
}

crate::text_enum!(WaitsFor);

/// An article that waits for the caller.
#[derive(Serialize, ToSchema)]
pub struct InboxEntry {
    /// What it waits for.
    waits_for: WaitsFor,
    /// Since when.
    since: DateTime<Utc>,
    /// When that is due; null where nobody has said.
    due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    overdue: bool,
    #[serde(flatten)]
    article: ArticleCard,
}

/// What waits for the caller, overdue first.
#[derive(Serialize, ToSchema)]
pub struct Inbox {
    /// A page of it: by when it is due, then by how long it has waited.
    data: Vec<InboxEntry>,
    /// The page, and how much there is.
    meta: InboxMeta,
    /// Other pages.
    links: Links,
}

/// The page, and how much there is.
#[derive(Serialize, ToSchema)]
pub struct InboxMeta {
    /// Rows a page.
    limit: i64,
    /// All that waits, whatever was asked for.
    counts: InboxCounts,
    /// Webhooks of the caller that were paused, because nothing has arrived for a day or the receiver wants no more.
    webhooks: Vec<PausedWebhook>,
}

/// A webhook that was paused.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PausedWebhook {
    /// The webhook.
    id: Uuid,
    /// Where to.
    url: String,
    /// What it is for.
    description: Option<String>,
    /// Why: `failing` for a day, or `gone`.
    #[schema(example = "failing")]
    reason: String,
    /// Since when.
    paused_at: DateTime<Utc>,
    /// What was wrong.
    #[schema(example = "answered with 500")]
    last_error: Option<String>,
}

/// How much waits.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct InboxCounts {
    /// For a decision.
    #[diesel(sql_type = BigInt)]
    review: i64,
    /// For being written again.
    #[diesel(sql_type = BigInt)]
    rework: i64,
    /// For being published.
    #[diesel(sql_type = BigInt)]
    publication: i64,
    /// Of all these, what is overdue.
    #[diesel(sql_type = BigInt)]
    overdue: i64,
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    waits_for: WaitsFor,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    overdue: bool,
}

/// Where a page ends: what is due never is behind all that is due.
type Place = (Option<DateTime<Utc>>, DateTime<Utc>, Uuid);

/// What waits for the caller: overdue first, then what is due, then what has waited longest.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "get_inbox",
    params(InboxFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of it", body = Inbox), ManageList),
)]
#[get("/inbox")]
pub async fn inbox(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<InboxFilter>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let name = format!("inbox {:?}", filter.waits_for);
    let after: Option<Place> = cursors.decode(&name, filter.cursor.as_deref())?;
    let limit = filter.limit;
    let (data, (counts, webhooks), next) = newsroom
        .read(move |conn| {
            snapshot(conn, |conn| {
                let counts = counts(conn, &who)?;
                let mut rows = page(conn, &who, &filter, after)?;
                let next = paging::cut(&mut rows, limit, |last| (last.due_at, last.since, last.id));
                Ok((entries(conn, &who, rows)?, counts, next.map(|place| cursors.encode(&name, &place))))
            })
        })
        .await?;
    let next = next.map(|cursor| reply::next_page(&request, &cursor));
    let inbox = Inbox { data, meta: InboxMeta { limit, counts, webhooks }, links: Links { next } };
    Ok(reply::listed(&inbox.links, &inbox))
}

/// Everything that waits for somebody, as `waiting`. Each part is a range of an index of its own that holds no more than what
/// waits, for whomever.
const WAITING: &str = "WITH now AS (SELECT delivery.clock() AS at), waiting AS (\
    SELECT a.id, 'review' AS waits_for, a.updated_at AS since, a.review_due_at AS due_at \
      FROM articles a, LATERAL (SELECT review_stage(a.review) AS stage) s \
     WHERE a.approval = 'pending' AND a.deleted_at IS NULL \
       AND ('admin' = ANY ($2) OR s.stage ->> 'role' = ANY ($2) \
            OR EXISTS (SELECT FROM unnest($3, $4) AS held (role, category) \
                        WHERE held.category = a.category_id AND held.role IN ('admin', s.stage ->> 'role')) \
            OR ($5 AND s.stage -> 'users' ? $1::text)) \
       AND ($6 OR a.category_id = ANY ($7)) \
       AND NOT coalesce(a.review -> 'stages' @> jsonb_build_array(jsonb_build_object('decided_by', $1::text)), false) \
       AND NOT EXISTS (SELECT FROM article_hands h \
                        WHERE h.article_id = a.id AND h.user_id = $1 \
                          AND h.version > coalesce((SELECT p.version FROM publications p, now \
                                                     WHERE p.article_id = a.id AND p.starts_at <= now.at \
                                                     ORDER BY p.starts_at DESC LIMIT 1), 0)) \
    UNION ALL \
    SELECT a.id, 'rework', a.updated_at, NULL FROM articles a \
     WHERE a.approval = 'rejected' AND a.deleted_at IS NULL AND a.created_by = $1 \
       AND ($8 OR $10 OR a.category_id = ANY ($9) OR a.category_id = ANY ($11)) \
    UNION ALL \
    SELECT a.id, 'publication', a.updated_at, NULL FROM articles a \
     WHERE a.awaits_publication AND a.deleted_at IS NULL AND ($12 OR a.category_id = ANY ($13))) ";

/// A statement about what waits for this person. The thirteen parameters are its first.
fn about(who: &Principal, statement: &str) -> BoxedSqlQuery<'static, diesel::pg::Pg, SqlQuery> {
    // Who has a permission nowhere reaches nothing by it.
    let reached = |permission| who.reached(permission).unwrap_or_default();
    let (read, edit, publish) = (reached(Permission::Read), reached(Permission::Edit), reached(Permission::Publish));
    let Deciding { everywhere, somewhere, categories } = who.deciding();
    let Readable { everything, own, own_in, categories: edited, .. } = edit;
    sql_query(format!("{WAITING}{statement}"))
        .into_boxed()
        .bind::<SqlUuid, _>(who.id)
        .bind::<Array<Text>, _>(everywhere)
        .bind::<Array<Text>, _>(somewhere)
        .bind::<Array<SqlUuid>, _>(categories)
        .bind::<Bool, _>(who.key.is_none())
        .bind::<Bool, _>(read.everything)
        .bind::<Array<SqlUuid>, _>(read.categories)
        .bind::<Bool, _>(everything)
        .bind::<Array<SqlUuid>, _>(edited)
        .bind::<Bool, _>(own)
        .bind::<Array<SqlUuid>, _>(own_in)
        .bind::<Bool, _>(publish.everything)
        .bind::<Array<SqlUuid>, _>(publish.categories)
}

fn counts(conn: &mut PgConnection, who: &Principal) -> Result<(InboxCounts, Vec<PausedWebhook>), Problem> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(embed)]
        counts: InboxCounts,
        #[diesel(sql_type = Jsonb)]
        webhooks: Value,
    }
    let statement = "SELECT count(*) FILTER (WHERE waits_for = 'review') AS review, \
                            count(*) FILTER (WHERE waits_for = 'rework') AS rework, \
                            count(*) FILTER (WHERE waits_for = 'publication') AS publication, \
                            count(*) FILTER (WHERE due_at <= now.at) AS overdue, \
                            (SELECT coalesce(jsonb_agg(jsonb_build_object(\
                                        'id', id, 'url', url, 'description', description, 'reason', paused_reason, \
                                        'paused_at', paused_at, 'last_error', last_error) ORDER BY paused_at), '[]') \
                               FROM webhooks WHERE created_by = $1 AND paused_reason IN ('failing', 'gone')) AS webhooks \
                       FROM waiting, now";
    let Found { counts, webhooks } = about(who, statement).get_result(conn)?;
    // Whoever looks after them no more has no use for them.
    let looks_after = who.require_at(Permission::Webhooks, None).is_ok();
    let webhooks = if looks_after { serde_json::from_value(webhooks).map_err(Problem::internal)? } else { Vec::new() };
    Ok((counts, webhooks))
}

fn page(
    conn: &mut PgConnection,
    who: &Principal,
    filter: &InboxFilter,
    after: Option<Place>,
) -> Result<Vec<Waiting>, Problem> {
    let statement = "SELECT id, waits_for, since, due_at, coalesce(due_at <= now.at, false) AS overdue FROM waiting, now \
                      WHERE ($14 IS NULL OR waits_for = $14) \
                        AND ($17 IS NULL OR (coalesce(due_at, 'infinity'), since, id) > (coalesce($15, 'infinity'), $16, $17)) \
                      ORDER BY coalesce(due_at, 'infinity'), since, id LIMIT $18";
    let (due_at, since, id) = after.map_or((None, None, None), |(due_at, since, id)| (due_at, Some(since), Some(id)));
    Ok(about(who, statement)
        .bind::<Nullable<Text>, _>(filter.waits_for)
        .bind::<Nullable<Timestamptz>, _>(due_at)
        .bind::<Nullable<Timestamptz>, _>(since)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<BigInt, _>(filter.limit + 1)
        .load(conn)?)
}

/// The articles that wait, in the same order.
fn entries(conn: &mut PgConnection, who: &Principal, waiting: Vec<Waiting>) -> Result<Vec<InboxEntry>, Problem> {
    let ids: Vec<Uuid> = waiting.iter().map(|one| one.id).collect();
    let rows: Vec<ArticleRow> =
        articles::table.filter(articles::id.eq_any(&ids)).select(ArticleRow::as_select()).load(conn)?;
    let mut cards: HashMap<Uuid, ArticleCard> =
        read::cards(conn, who, rows)?.into_iter().map(|card| (card.id, card)).collect();
    let entry = |Waiting { id, waits_for, since, due_at, overdue }| {
        Some(InboxEntry { waits_for, since, due_at, overdue, article: cards.remove(&id)? })
    };
    Ok(waiting.into_iter().filter_map(entry).collect())
}
