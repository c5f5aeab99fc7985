//! How many articles stand where, for the first screen of an editor: of those that they may read, at this moment.

use actix_web::{HttpResponse, get, web::Data};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Bool, Uuid as SqlUuid},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::{Principal, Readable},
    db::Newsroom,
    http::{Item, Problem, openapi::ManageList, reply},
};

/// Numbers of articles that the caller may read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// By where the working copy stands.
    approval: ByApproval,
    /// By where the public stands.
    status: ByStatus,
    /// Approved, and not published or to be so yet.
    awaiting_publication: i64,
    /// Under review, with a decision that is due within a day from now.
    due: i64,
    /// Under review, with a decision that was due before now.
    overdue: i64,
    /// To become public today, in the time of Vietnam.
    scheduled_today: i64,
    /// That became public today, or got another version, in the time of Vietnam.
    published_today: i64,
}

/// By where the working copy stands.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
#[schema(as = DashboardByApproval)]
#[expect(missing_docs, reason = "the states by their names")]
pub struct ByApproval {
    #[diesel(sql_type = BigInt)]
    pub draft: i64,
    #[diesel(sql_type = BigInt)]
    pub pending: i64,
    #[diesel(sql_type = BigInt)]
    pub approved: i64,
    #[diesel(sql_type = BigInt)]
    pub rejected: i64,
}

/// By where the public stands.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
#[schema(as = DashboardByStatus)]
#[expect(missing_docs, reason = "the states by their names")]
pub struct ByStatus {
    #[diesel(sql_type = BigInt)]
    pub unpublished: i64,
    #[diesel(sql_type = BigInt)]
    pub scheduled: i64,
    #[diesel(sql_type = BigInt)]
    pub live: i64,
    #[diesel(sql_type = BigInt)]
    pub expired: i64,
    #[diesel(sql_type = BigInt)]
    pub withdrawn: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    approval: ByApproval,
    #[diesel(embed)]
    status: ByStatus,
    #[diesel(sql_type = BigInt)]
    awaiting_publication: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
    #[diesel(sql_type = BigInt)]
    scheduled_today: i64,
    #[diesel(sql_type = BigInt)]
    published_today: i64,
}

/// How many articles stand where: of those that the caller may read.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_dashboard",
    security(("sign_in" = [])),
    responses((status = 200, description = "The numbers of now", body = Item<Dashboard>), ManageList),
)]
#[get("/dashboard")]
pub async fn dashboard(newsroom: Data<Newsroom>, who: Principal) -> Result<HttpResponse, Problem> {
    let readable = who.readable()?;
    Ok(reply::item(newsroom.read(move |conn| count(conn, &readable)).await?))
}

/// One statement, so that all of it is of one moment.
fn count(conn: &mut PgConnection, readable: &Readable) -> Result<Dashboard, Problem> {
    let Readable { caller, everything, categories, own, own_in } = readable;
    let Row { approval, status, awaiting_publication, due, overdue, scheduled_today, published_today } = sql_query(
        "WITH now AS (SELECT delivery.clock() AS at, \
                             date_trunc('day', delivery.clock(), 'Asia/Ho_Chi_Minh') AS today), \
         began AS (\
            SELECT DISTINCT ON (p.article_id) p.article_id, p.starts_at, least(p.expires_at, p.ended_at) AS ends_at, \
                   p.ended_at IS NOT NULL AND (p.expires_at IS NULL OR p.ended_at < p.expires_at) AS taken_back \
              FROM publications p, now WHERE p.starts_at <= now.at ORDER BY p.article_id, p.starts_at DESC), \
         ahead AS (SELECT p.article_id, p.starts_at FROM publications p, now WHERE p.starts_at > now.at), \
         stands AS (\
            SELECT a.approval, a.awaits_publication, a.review_due_at, ahead.starts_at AS ahead, began.starts_at AS began, \
                   CASE WHEN began.ends_at > now.at OR (began.ends_at IS NULL AND began.starts_at IS NOT NULL) THEN 'live' \
                        WHEN ahead.starts_at IS NOT NULL THEN 'scheduled' \
                        WHEN began.starts_at IS NULL THEN 'unpublished' \
                        WHEN began.taken_back THEN 'withdrawn' ELSE 'expired' END AS status \
              FROM now, articles a LEFT JOIN began ON began.article_id = a.id LEFT JOIN ahead ON ahead.article_id = a.id \
             WHERE a.deleted_at IS NULL \
               AND ($1 OR a.category_id = ANY ($2) \
                    OR (a.created_by = $3 AND ($4 OR a.category_id IS NULL OR a.category_id = ANY ($5))))) \
         SELECT count(*) FILTER (WHERE approval = 'draft') AS draft, \
                count(*) FILTER (WHERE approval = 'pending') AS pending, \
                count(*) FILTER (WHERE approval = 'approved') AS approved, \
                count(*) FILTER (WHERE approval = 'rejected') AS rejected, \
                count(*) FILTER (WHERE status = 'unpublished') AS unpublished, \
                count(*) FILTER (WHERE status = 'scheduled') AS scheduled, \
                count(*) FILTER (WHERE status = 'live') AS live, \
                count(*) FILTER (WHERE status = 'expired') AS expired, \
                count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn, \
                count(*) FILTER (WHERE awaits_publication) AS awaiting_publication, \
                count(*) FILTER (WHERE approval = 'pending' AND review_due_at > now.at \
                                   AND review_due_at <= now.at + interval '1 day') AS due, \
                count(*) FILTER (WHERE approval = 'pending' AND review_due_at <= now.at) AS overdue, \
                count(*) FILTER (WHERE ahead < now.today + interval '1 day') AS scheduled_today, \
                count(*) FILTER (WHERE began >= now.today) AS published_today \
           FROM stands, now",
    )
    .bind::<Bool, _>(everything)
    .bind::<Array<SqlUuid>, _>(categories)
    .bind::<SqlUuid, _>(caller)
    .bind::<Bool, _>(own)
    .bind::<Array<SqlUuid>, _>(own_in)
    .get_result(conn)?;
    Ok(Dashboard { approval, status, awaiting_publication, due, overdue, scheduled_today, published_today })
}
