//! What becomes of a delivery, its lane and its webhook after a try.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper, delete,
    dsl::{exists, not},
    select, update,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    courier::Try,
    model::PausedReason,
    queue::Taken,
    retry::{LONGEST, PATIENCE, delay},
};
use crate::{
    audit::{self, Event, Stamp},
    db::{
        Tx,
        schema::{webhook_deliveries, webhook_lanes, webhooks},
    },
    http::Problem,
};

/// Too many requests: it is the webhook that is to rest, not a lane of it.
const TOO_MANY: u16 = 429;
/// Nobody wants it any more.
const GONE: u16 = 410;

/// What is kept of a try.
#[derive(diesel::AsChangeset)]
#[diesel(table_name = webhook_deliveries, treat_none_as_null = true)]
pub(super) struct Kept {
    pub state: &'static str,
    pub tries: i32,
    pub first_tried_at: Option<DateTime<Utc>>,
    pub tried_at: Option<DateTime<Utc>>,
    pub took_ms: Option<i32>,
    pub request: Option<Value>,
    pub status: Option<i16>,
    pub answer: Option<String>,
    pub error: Option<String>,
}

impl Kept {
    /// Of this try, which was made then, after so many others.
    pub(super) fn of(tried: &Try, at: DateTime<Utc>, first: DateTime<Utc>, tries: i32, state: &'static str) -> Self {
        let answered = tried.outcome.as_ref().ok();
        Self {
            state,
            tries,
            first_tried_at: Some(first),
            tried_at: Some(at),
            took_ms: Some(tried.took_ms),
            request: Some(tried.request.clone()),
            status: answered.and_then(|answered| i16::try_from(answered.status).ok()),
            answer: answered.map(|answered| answered.body.clone()),
            error: tried.complaint().map(|error| error.chars().take(500).collect()),
        }
    }
}

/// Settles a try: what arrived makes room for the next in its lane, and what did not is tried again later, for a day. A webhook of
/// which nothing has arrived for that long is paused, and so is one that is gone. Nothing becomes of a try that took so long that
/// its lane is another's by now.
pub fn settle(tx: &mut Tx<'_>, taken: &Taken, tried: &Try, chance: f64) -> Result<(), Problem> {
    let (webhook, article) = (taken.to.id, taken.article);
    let lane = webhook_lanes::table.find((webhook, article));
    let held = lane.filter(webhook_lanes::claim.eq(taken.claim)).select(webhook_lanes::claim).for_update();
    if held.first::<Option<Uuid>>(tx.conn).optional()?.is_none() {
        tracing::warn!(delivery = %taken.letter.id, "a try took longer than its lane was held for");
        return Ok(());
    }
    let arrived = tried.arrived();
    let first = taken.first_tried_at.unwrap_or(taken.at);
    let paused = if arrived { is_well(tx, webhook)? } else { is_failing(tx, taken, tried)? };
    let over = !arrived && !paused && tx.now - first >= PATIENCE;
    let state = match (arrived, over) {
        (true, _) => "delivered",
        (false, true) => "failed",
        (false, false) => "pending",
    };
    let kept = Kept::of(tried, taken.at, first, taken.tries + 1, state);
    update(webhook_deliveries::table.find(taken.letter.id)).set(kept).execute(tx.conn)?;
    let rest = match (state, &tried.outcome) {
        ("pending", Ok(answered)) if answered.status != TOO_MANY => delay(taken.tries + 1, answered.rest, chance),
        ("pending", _) => delay(taken.tries + 1, None, chance),
        _ => return go_on(tx, webhook, article),
    };
    let due = tx.now + TimeDelta::from_std(rest).unwrap_or_default();
    update(lane).set((webhook_lanes::due_at.eq(due), webhook_lanes::claim.eq(None::<Uuid>))).execute(tx.conn)?;
    Ok(())
}

/// The next in a locked lane is due; a lane without any goes.
fn go_on(tx: &mut Tx<'_>, webhook: Uuid, article: Uuid) -> Result<(), Problem> {
    let waits = webhook_deliveries::webhook_id
        .eq(webhook)
        .and(webhook_deliveries::article_id.eq(article))
        .and(webhook_deliveries::state.eq("pending"));
    let waits: bool = select(exists(webhook_deliveries::table.filter(waits))).get_result(tx.conn)?;
    let lane = webhook_lanes::table.find((webhook, article));
    if waits {
        update(lane).set((webhook_lanes::due_at.eq(tx.now), webhook_lanes::claim.eq(None::<Uuid>))).execute(tx.conn)?;
    } else {
        delete(lane).execute(tx.conn)?;
    }
    Ok(())
}

/// Something has arrived. Nobody is paused for that.
fn is_well(tx: &mut Tx<'_>, webhook: Uuid) -> Result<bool, Problem> {
    let failing = webhooks::table.find(webhook).filter(webhooks::failing_since.is_not_null());
    update(failing)
        .set((
            webhooks::failing_since.eq(None::<DateTime<Utc>>),
            webhooks::last_error.eq(None::<String>),
            webhooks::revision.eq(webhooks::revision + 1),
        ))
        .execute(tx.conn)?;
    Ok(false)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct Health {
    failing_since: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
}

/// Something has not; says whether the webhook is paused.
fn is_failing(tx: &mut Tx<'_>, taken: &Taken, tried: &Try) -> Result<bool, Problem> {
    let webhook = webhooks::table.find(taken.to.id);
    let found: Option<Health> = webhook.select(Health::as_select()).for_no_key_update().first(tx.conn).optional()?;
    let Some(Health { failing_since, paused_at }) = found else { return Ok(false) };
    let complaint: Option<String> = tried.complaint().map(|error| error.chars().take(500).collect());
    if failing_since.is_none() {
        update(webhook)
            .set((
                webhooks::failing_since.eq(taken.at),
                webhooks::last_error.eq(&complaint),
                webhooks::revision.eq(webhooks::revision + 1),
            ))
            .execute(tx.conn)?;
    }
    let answered = tried.outcome.as_ref().ok();
    if let Some(rest) = answered.filter(|answered| answered.status == TOO_MANY).and_then(|answered| answered.rest) {
        rests(tx, taken.to.id, rest)?;
    }
    let reason = match answered.map(|answered| answered.status) {
        Some(GONE) => PausedReason::Gone,
        _ if tx.now - failing_since.unwrap_or(taken.at) >= PATIENCE => PausedReason::Failing,
        _ => return Ok(paused_at.is_some()),
    };
    let going = webhook.filter(webhooks::paused_at.is_null());
    let paused = (
        webhooks::paused_at.eq(tx.now),
        webhooks::paused_reason.eq(reason),
        webhooks::last_error.eq(&complaint),
        webhooks::revision.eq(webhooks::revision + 1),
    );
    if update(going).set(paused).execute(tx.conn)? == 1 {
        tracing::warn!(webhook = %taken.to.id, reason = <&str>::from(reason), "a webhook is paused");
        let event = Event::WebhookPaused { reason: reason.into() };
        audit::record(tx.conn, taken.to.id, Stamp::by_service(tx.now), &event)?;
    }
    Ok(true)
}

fn rests(tx: &mut Tx<'_>, webhook: Uuid, rest: Duration) -> Result<(), Problem> {
    let until = tx.now + TimeDelta::from_std(rest.min(LONGEST)).unwrap_or_default();
    let earlier = webhooks::not_before.is_null().or(not(webhooks::not_before.ge(until)));
    let webhook = webhooks::table.find(webhook).filter(earlier);
    update(webhook).set(webhooks::not_before.eq(until)).execute(tx.conn)?;
    Ok(())
}
