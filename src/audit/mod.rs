//! The event log: what happened, written in the transaction in which it happened.

use diesel::{ExpressionMethods, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::{Tx, schema::events},
    http::Problem,
};

/// Appends an event: its kind (`article.published`), what it is about, who did it, and what else is to be known.
///
/// # Errors
/// Those of the database.
pub fn record(tx: &mut Tx<'_>, kind: &str, subject: Uuid, actor: Option<Uuid>, data: Value) -> Result<(), Problem> {
    diesel::insert_into(events::table)
        .values((
            events::kind.eq(kind),
            events::subject_id.eq(subject),
            events::actor_id.eq(actor),
            events::data.eq(data),
            events::recorded_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
