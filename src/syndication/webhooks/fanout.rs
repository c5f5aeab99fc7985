//! What happened is put into the lanes of the receivers who want to know.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, Queryable, QueryableByName, RunQueryDsl, Selectable, SelectableHelper,
    define_sql_function, insert_into, select, sql_query,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::filter::{Filed, Happening, Kind, Limits, Told};
use crate::{
    db::{
        Tx,
        schema::{category_ancestors, webhook_deliveries, webhook_lanes, webhooks},
    },
    http::Problem,
};

/// How much is taken out of the outbox at a time.
const AT_ONCE: i64 = 200;

/// How many articles are told of by the clock at a time.
const MOMENTS: i32 = 200;

/// How many rows go into a statement, which takes 65,535 values.
const ROWS: usize = 2_000;

define_sql_function! {
    /// Of the migration `webhook_events`: tells what the clock has done.
    fn webhook_clock(most: diesel::sql_types::Integer) -> diesel::sql_types::Integer;
}

define_sql_function! {
    /// Takes a lock to the end of the transaction, if nobody else has it.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

/// The lock of who empties the outbox: one at a time, so that nothing overtakes what happened before it.
const OUTBOX: i64 = 0x0077_6562_686f_6f6b;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    happened_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    before_category: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    before_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    after_category: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    after_type: Option<String>,
    #[diesel(sql_type = Bool)]
    urgent: bool,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    notice: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct Follower {
    id: Uuid,
    events: Vec<Kind>,
    category_id: Option<Uuid>,
    article_type: Option<String>,
    created_at: DateTime<Utc>,
}

/// Empties some of the outbox into the lanes, what the clock has done meanwhile first, and says whether there may be more. Nothing
/// where another replica is at it.
pub fn fan_out(tx: &mut Tx<'_>) -> Result<bool, Problem> {
    if !select(pg_try_advisory_xact_lock(OUTBOX)).get_result(tx.conn)? {
        return Ok(false);
    }
    let moments: i32 = select(webhook_clock(MOMENTS)).get_result(tx.conn)?;
    let mut happened: Vec<Row> = sql_query(
        "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events ORDER BY id LIMIT $1) \
         RETURNING id, article_id, happened_at, recorded_at, before_category, before_type, after_category, after_type, \
                   urgent, reason, notice",
    )
    .bind::<BigInt, _>(AT_ONCE)
    .load(tx.conn)?;
    let more = moments == MOMENTS || happened.len() as i64 == AT_ONCE;
    if happened.is_empty() {
        return Ok(more);
    }
    happened.sort_unstable_by_key(|row| row.id);
    let followers = followers(tx)?;
    let mut lanes = HashSet::new();
    let mut deliveries = Vec::new();
    for row in happened {
        let Row { article_id, happened_at, recorded_at, notice, .. } = row;
        let happening = Happening {
            before: filed(row.before_category, row.before_type),
            after: filed(row.after_category, row.after_type),
            urgent: row.urgent,
            reason: row.reason,
        };
        for (webhook, since, limits) in &followers {
            if *since > recorded_at {
                continue;
            }
            for Told { kind, reason } in limits.told(&happening) {
                lanes.insert((*webhook, article_id));
                let notice = notice.clone().filter(|_| reason.as_deref().is_some_and(|reason| reason != "moved"));
                deliveries.push((
                    webhook_deliveries::id.eq(Uuid::now_v7()),
                    webhook_deliveries::webhook_id.eq(*webhook),
                    webhook_deliveries::kind.eq(<&str>::from(kind)),
                    webhook_deliveries::article_id.eq(article_id),
                    webhook_deliveries::reason.eq(reason),
                    webhook_deliveries::notice.eq(notice),
                    webhook_deliveries::happened_at.eq(happened_at),
                ));
            }
        }
    }
    open_lanes(tx, lanes)?;
    let mut deliveries = deliveries.into_iter().peekable();
    while deliveries.peek().is_some() {
        let some: Vec<_> = deliveries.by_ref().take(ROWS).collect();
        // In this order they are numbered.
        insert_into(webhook_deliveries::table).values(some).execute(tx.conn)?;
    }
    Ok(more)
}

fn filed(category: Option<Uuid>, article_type: Option<String>) -> Option<Filed> {
    Some(Filed { category: category?, article_type: article_type? })
}

/// Makes sure of these lanes, before anything stands in them, and locks them: who is just done with a lane and finds nothing more
/// in it either removes it before, and it is made anew here, or finds what is put there.
pub(super) fn open_lanes(tx: &mut Tx<'_>, lanes: HashSet<(Uuid, Uuid)>) -> Result<(), Problem> {
    // In one order, so that two who lock several do not wait for each other.
    let mut lanes = Vec::from_iter(lanes);
    lanes.sort_unstable();
    for some in lanes.chunks(ROWS) {
        let rows: Vec<_> = some
            .iter()
            .map(|(webhook, article)| {
                (
                    webhook_lanes::webhook_id.eq(*webhook),
                    webhook_lanes::article_id.eq(*article),
                    webhook_lanes::due_at.eq(tx.now),
                )
            })
            .collect();
        insert_into(webhook_lanes::table)
            .values(rows)
            .on_conflict((webhook_lanes::webhook_id, webhook_lanes::article_id))
            .do_update()
            .set(webhook_lanes::due_at.eq(webhook_lanes::due_at))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Every webhook, since when it is there, and what it is limited to. Paused ones too: what gathers is handed over when they go on.
fn followers(tx: &mut Tx<'_>) -> Result<Vec<(Uuid, DateTime<Utc>, Limits)>, Problem> {
    let rows: Vec<Follower> = webhooks::table.order(webhooks::id).select(Follower::as_select()).load(tx.conn)?;
    let named: Vec<Uuid> = rows.iter().filter_map(|row| row.category_id).collect();
    let below: Vec<(Uuid, Uuid)> = category_ancestors::table
        .filter(category_ancestors::ancestor_id.eq_any(named))
        .select((category_ancestors::ancestor_id, category_ancestors::category_id))
        .load(tx.conn)?;
    let mut subtrees: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for (category, one) in below {
        subtrees.entry(category).or_default().insert(one);
    }
    let follower = |Follower { id, events, category_id, article_type, created_at }| {
        let categories = category_id.map(|category| subtrees.get(&category).cloned().unwrap_or_default());
        (id, created_at, Limits { events: events.into_iter().collect(), categories, article_type })
    };
    Ok(rows.into_iter().map(follower).collect())
}
