//! The lanes: what is due, and who takes it. A lane that is taken is another's after a while, for whoever took it may be gone.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    ExpressionMethods, PgConnection, QueryDsl, Queryable, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Bool, Interval, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    courier::{Letter, Receiver},
    filter::Kind,
};
use crate::{
    db::{Tx, schema::webhook_lanes},
    http::Problem,
};

/// How long a lane is held for a try: longer than one takes, with all that is asked of the database for it.
pub const LEASE: TimeDelta = TimeDelta::seconds(30);

/// A receiver's host, and when something is due there.
#[derive(Debug, QueryableByName)]
pub struct HostDue {
    /// The host.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// When the first of its lanes is due.
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
}

/// What there is to do.
#[derive(Debug)]
pub struct Look {
    /// By the clock of the database.
    pub now: DateTime<Utc>,
    /// Whether something happened that is in no lane yet.
    pub happened: bool,
    /// When the clock changes next what is public.
    pub moment: Option<DateTime<Utc>>,
    /// Whom there is something for.
    pub hosts: Vec<HostDue>,
}

/// What there is to do? Two statements.
pub fn look(conn: &mut PgConnection) -> Result<Look, Problem> {
    #[derive(QueryableByName)]
    struct State {
        #[diesel(sql_type = Timestamptz)]
        now: DateTime<Utc>,
        #[diesel(sql_type = Bool)]
        happened: bool,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        moment: Option<DateTime<Utc>>,
    }
    let State { now, happened, moment } = sql_query(
        "SELECT delivery.clock() AS now, EXISTS (SELECT FROM webhook_events) AS happened, \
                (SELECT min(at) FROM webhook_moments) AS moment",
    )
    .get_result(conn)?;
    // The first of each webhook's lanes is the beginning of an index.
    let hosts = sql_query(
        "SELECT w.host, min(greatest(l.due_at, w.not_before)) AS due_at FROM webhooks w \
           CROSS JOIN LATERAL (SELECT due_at FROM webhook_lanes WHERE webhook_id = w.id ORDER BY due_at LIMIT 1) l \
          WHERE w.paused_at IS NULL GROUP BY w.host ORDER BY 2",
    )
    .load(conn)?;
    Ok(Look { now, happened, moment, hosts })
}

/// A lane that was taken, and what is first in it.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which taking this is.
    pub claim: Uuid,
    /// When it was taken, by the clock of the database.
    pub at: DateTime<Utc>,
    /// Where it goes.
    pub to: Receiver,
    /// The article whose lane it is.
    pub article: Uuid,
    /// What is to be handed over.
    pub letter: Letter,
    /// How many tries have failed.
    pub tries: i32,
    /// When the first was made.
    pub first_tried_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = SqlUuid)]
    webhook_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    article_id: Uuid,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    sealed: Vec<u8>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Binary>)]
    sealed_before: Option<Vec<u8>>,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: Kind,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    notice: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    happened_at: DateTime<Utc>,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    tries: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    first_tried_at: Option<DateTime<Utc>>,
}

/// Takes lanes to a host that are due, at most so many, those that have waited longest first. What another replica has just
/// taken is left to it.
pub fn take(tx: &mut Tx<'_>, host: &str, most: i64) -> Result<Vec<Taken>, Problem> {
    #[derive(Queryable, QueryableByName)]
    struct Lane {
        #[diesel(sql_type = SqlUuid)]
        webhook_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        article_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        claim: Uuid,
    }
    let lanes: Vec<Lane> = sql_query(
        // Of each webhook the beginning of an index, however much waits.
        "WITH due AS (SELECT l.webhook_id, l.article_id FROM webhooks w CROSS JOIN LATERAL \
                        (SELECT webhook_id, article_id, due_at FROM webhook_lanes \
                          WHERE webhook_id = w.id AND due_at <= delivery.clock() \
                          ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) l \
                       WHERE w.host = $1 AND w.paused_at IS NULL AND coalesce(w.not_before <= delivery.clock(), true) \
                       ORDER BY l.due_at LIMIT $2) \
         UPDATE webhook_lanes l SET due_at = delivery.clock() + $3, claim = gen_random_uuid() FROM due \
          WHERE (l.webhook_id, l.article_id) = (due.webhook_id, due.article_id) \
         RETURNING l.webhook_id, l.article_id, l.claim",
    )
    .bind::<Text, _>(host)
    .bind::<BigInt, _>(most)
    .bind::<Interval, _>(LEASE)
    .load(tx.conn)?;
    if lanes.is_empty() {
        return Ok(Vec::new());
    }
    let mut claims: HashMap<(Uuid, Uuid), Uuid> =
        lanes.iter().map(|lane| ((lane.webhook_id, lane.article_id), lane.claim)).collect();
    let heads: Vec<Head> = sql_query(
        "SELECT lane.webhook_id, lane.article_id, w.url, w.sealed, \
                CASE WHEN w.before_until > delivery.clock() THEN w.sealed_before END AS sealed_before, \
                d.id, d.type AS kind, d.reason, d.notice, d.happened_at, d.tries, d.first_tried_at \
           FROM unnest($1, $2) AS lane (webhook_id, article_id) JOIN webhooks w ON w.id = lane.webhook_id \
          CROSS JOIN LATERAL (SELECT * FROM webhook_deliveries d \
                               WHERE d.webhook_id = lane.webhook_id AND d.article_id = lane.article_id AND d.state = 'pending' \
                               ORDER BY d.number LIMIT 1) d",
    )
    .bind::<Array<SqlUuid>, _>(lanes.iter().map(|lane| lane.webhook_id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lanes.iter().map(|lane| lane.article_id).collect::<Vec<_>>())
    .load(tx.conn)?;
    let mut taken = Vec::new();
    for head in heads {
        let Head { webhook_id, article_id, url, sealed, sealed_before, id, kind, reason, notice, happened_at, .. } =
            head;
        let Some(claim) = claims.remove(&(webhook_id, article_id)) else { continue };
        taken.push(Taken {
            claim,
            at: tx.now,
            to: Receiver { id: webhook_id, url, sealed, sealed_before },
            article: article_id,
            letter: Letter { id, kind: Some(kind), article: Some(article_id), reason, notice, happened_at },
            tries: head.tries,
            first_tried_at: head.first_tried_at,
        });
    }
    // In which nothing stands any more: it was forgotten.
    let empty: Vec<Uuid> = claims.into_values().collect();
    diesel::delete(webhook_lanes::table.filter(webhook_lanes::claim.eq_any(empty))).execute(tx.conn)?;
    Ok(taken)
}

/// Lets go of lanes that were taken, whatever has become of their tries: they are due at once, or after a rest.
pub fn let_go(tx: &mut Tx<'_>, claims: &[Uuid], rest: TimeDelta) -> Result<(), Problem> {
    diesel::update(webhook_lanes::table.filter(webhook_lanes::claim.eq_any(claims)))
        .set((webhook_lanes::due_at.eq(tx.now + rest), webhook_lanes::claim.eq(None::<Uuid>)))
        .execute(tx.conn)?;
    Ok(())
}
