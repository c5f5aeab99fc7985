//! What the threads that count have in common, and what goes between them.

use std::sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicBool};

use uuid::Uuid;

use super::{
    mailbox::Place,
    tally::Tally,
    visitor::{DatabaseClock, Visitor},
};

/// What committer, keeper and readers share.
#[derive(Default)]
pub(super) struct Shared {
    tally: Mutex<Tally>,
    /// The clock that views go by.
    pub clock: DatabaseClock,
    /// Whether the service is being stopped.
    pub over: AtomicBool,
}

impl Shared {
    /// The tally. Held for moments, and never while waiting for the database.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A view on its way.
pub(super) struct View {
    pub article: Uuid,
    pub visitor: Visitor,
    /// From which block of addresses: a digest of article and block.
    pub block: i32,
    /// Where it is waited for.
    pub place: Place,
}
