//! Deliveries: found, and made anew.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, Queryable, QueryableByName, RunQueryDsl, Selectable, SelectableHelper,
    insert_into, sql_query,
    sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid},
    update,
};
use serde_json::Value;
use uuid::Uuid;

use super::model::{SentResponse, State, WebhookDelivery};
use crate::{
    access::By,
    audit::{self, Event},
    db::{
        Tx,
        schema::{webhook_deliveries, webhook_lanes, webhooks},
    },
    http::{OrNotFound, Problem, text},
    syndication::webhooks::{
        courier::{Letter, PING, Try},
        fanout::open_lanes,
        settle::Kept,
    },
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
struct Row {
    id: Uuid,
    number: i64,
    kind: String,
    article_id: Option<Uuid>,
    reason: Option<String>,
    happened_at: DateTime<Utc>,
    state: State,
    tries: i32,
    tried_at: Option<DateTime<Utc>>,
    took_ms: Option<i32>,
    request: Option<Value>,
    status: Option<i16>,
    answer: Option<String>,
    error: Option<String>,
}

/// A delivery with its place in the list.
pub struct Placed {
    /// Its number.
    pub number: i64,
    /// The delivery.
    pub delivery: WebhookDelivery,
}

impl Row {
    fn placed(self, next_try_at: Option<DateTime<Utc>>) -> Result<Placed, Problem> {
        let Self { id, number, kind, article_id, reason, happened_at, state, tries, tried_at, took_ms, .. } = self;
        let request = self.request.map(serde_json::from_value).transpose().map_err(Problem::internal)?;
        let body = self.answer.unwrap_or_default();
        let delivery = WebhookDelivery {
            id,
            kind,
            article_id,
            reason,
            timestamp: happened_at,
            state,
            tries,
            next_try_at,
            tried_at,
            took_ms,
            request,
            response: self.status.map(|status| SentResponse { status, body }),
            error: self.error,
        };
        Ok(Placed { number, delivery })
    }
}

/// Of a webhook those that stand like this, the newest first.
pub fn page(
    conn: &mut PgConnection,
    webhook: Uuid,
    state: Option<State>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Placed>, Problem> {
    webhooks::table.find(webhook).select(webhooks::id).first::<Uuid>(conn).or_not_found()?;
    let mut query = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(webhook_deliveries::state.eq(<&str>::from(state)));
    }
    if let Some(before) = before {
        query = query.filter(webhook_deliveries::number.lt(before));
    }
    let rows: Vec<Row> = query.order(webhook_deliveries::number.desc()).limit(limit).load(conn)?;
    let mut turns = turns(conn, &rows)?;
    rows.into_iter()
        .map(|row| {
            let turn = turns.iter().position(|(id, _)| *id == row.id).map(|at| turns.swap_remove(at).1);
            row.placed(turn)
        })
        .collect()
}

/// Those of these whose turn it is, with when. What is being tried has its turn then, too.
fn turns(conn: &mut PgConnection, rows: &[Row]) -> Result<Vec<(Uuid, DateTime<Utc>)>, Problem> {
    let waiting: Vec<Uuid> = rows.iter().filter(|row| row.state == State::Pending).map(|row| row.id).collect();
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Timestamptz)]
        due_at: DateTime<Utc>,
    }
    // The first of its lane: a question for each row, of an index.
    let turns: Vec<Turn> = sql_query(
        "SELECT d.id, l.due_at FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.paused_at IS NULL \
           JOIN webhook_lanes l USING (webhook_id, article_id) \
          WHERE d.id = ANY ($1) \
            AND NOT EXISTS (SELECT FROM webhook_deliveries e \
                             WHERE e.webhook_id = d.webhook_id AND e.article_id = d.article_id AND e.state = 'pending' \
                               AND e.number < d.number)",
    )
    .bind::<Array<SqlUuid>, _>(waiting)
    .load(conn)?;
    Ok(turns.into_iter().map(|turn| (turn.id, turn.due_at)).collect())
}

/// One of a webhook's.
///
/// # Errors
/// `not_found`.
pub fn find(conn: &mut PgConnection, webhook: Uuid, id: Uuid) -> Result<WebhookDelivery, Problem> {
    let its = webhook_deliveries::table.find(id).filter(webhook_deliveries::webhook_id.eq(webhook));
    let row: Row = its.select(Row::as_select()).first(conn).or_not_found()?;
    let turn = turns(conn, std::slice::from_ref(&row))?.pop().map(|(_, at)| at);
    Ok(row.placed(turn)?.delivery)
}

/// Has one sent again, whatever has become of it. It takes its place before what happened later. The webhook is locked.
///
/// # Errors
/// `not_found`.
pub fn redeliver(tx: &mut Tx<'_>, by: By<'_>, webhook: Uuid, id: Uuid) -> Result<WebhookDelivery, Problem> {
    let its = webhook_deliveries::table.find(id).filter(webhook_deliveries::webhook_id.eq(webhook));
    let article: Option<Uuid> = its.select(webhook_deliveries::article_id).first(tx.conn).or_not_found()?;
    // A ping was for then.
    let article = article.ok_or_else(|| Problem::conflict(text("ping-once")))?;
    open_lanes(tx, [(webhook, article)].into())?;
    // While a try is under way, it is the turn of the next when that has ended.
    let resting = webhook_lanes::table.find((webhook, article)).filter(webhook_lanes::claim.is_null());
    update(resting).set(webhook_lanes::due_at.eq(tx.now)).execute(tx.conn)?;
    update(webhook_deliveries::table.find(id))
        .set((
            webhook_deliveries::state.eq(<&str>::from(State::Pending)),
            webhook_deliveries::tries.eq(0),
            webhook_deliveries::first_tried_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, webhook, by.stamp(), &Event::WebhookRedelivered { since: None, deliveries: 1 })?;
    find(tx.conn, webhook, id)
}

/// Has all sent again that happened since then, and says how many. The webhook is locked.
pub fn redeliver_since(tx: &mut Tx<'_>, by: By<'_>, webhook: Uuid, since: DateTime<Utc>) -> Result<usize, Problem> {
    let articles: Vec<Option<Uuid>> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .filter(webhook_deliveries::happened_at.ge(since))
        .select(webhook_deliveries::article_id)
        .distinct()
        .load(tx.conn)?;
    open_lanes(tx, articles.iter().flatten().map(|article| (webhook, *article)).collect())?;
    let deliveries = sql_query(
        "WITH again AS (UPDATE webhook_deliveries SET state = 'pending', tries = 0, first_tried_at = NULL \
                         WHERE webhook_id = $1 AND happened_at >= $2 AND article_id IS NOT NULL RETURNING article_id, id), \
              due AS (UPDATE webhook_lanes l SET due_at = delivery.clock() \
                       WHERE l.webhook_id = $1 AND l.claim IS NULL AND l.article_id IN (SELECT article_id FROM again)) \
         SELECT count(*) AS deliveries FROM again",
    );
    #[derive(QueryableByName)]
    struct Many {
        #[diesel(sql_type = BigInt)]
        deliveries: i64,
    }
    let many: Many = deliveries.bind::<SqlUuid, _>(webhook).bind::<Timestamptz, _>(since).get_result(tx.conn)?;
    let deliveries = usize::try_from(many.deliveries).unwrap_or_default();
    let event = Event::WebhookRedelivered { since: Some(since), deliveries };
    audit::record(tx.conn, webhook, by.stamp(), &event)?;
    Ok(deliveries)
}

/// Notes a ping that was sent.
pub fn note_ping(tx: &mut Tx<'_>, webhook: Uuid, letter: &Letter, tried: &Try) -> Result<WebhookDelivery, Problem> {
    insert_into(webhook_deliveries::table)
        .values((
            webhook_deliveries::id.eq(letter.id),
            webhook_deliveries::webhook_id.eq(webhook),
            webhook_deliveries::kind.eq(PING),
            webhook_deliveries::happened_at.eq(letter.happened_at),
        ))
        .execute(tx.conn)?;
    let state = if tried.arrived() { State::Delivered } else { State::Failed };
    let kept = Kept::of(tried, letter.happened_at, letter.happened_at, 1, state.into());
    update(webhook_deliveries::table.find(letter.id)).set(kept).execute(tx.conn)?;
    find(tx.conn, webhook, letter.id)
}
