//! What goes along with the writes of a request: kept in the same transaction as these, or not at all.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use crate::http::Problem;

/// Something that is written with every write of a request.
pub trait Along: Send + Sync {
    /// Writes it, behind everything else of the transaction, which began `now`.
    ///
    /// # Errors
    /// Whatever is to undo all of it.
    fn write(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Problem>;
}

tokio::task_local! {
    static ALONG: Arc<dyn Along>;
}

/// Does this work; what it writes, it writes with that along.
pub fn along<T>(along: Arc<dyn Along>, work: impl Future<Output = T>) -> impl Future<Output = T> {
    ALONG.scope(along, work)
}

/// What goes along with the writes of the work under way.
pub(super) fn current() -> Option<Arc<dyn Along>> {
    ALONG.try_with(Arc::clone).ok()
}
