//! How the index stands, and who waits for it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tantivy::IndexReader;

use super::{fields::Fields, source::State};

/// What the thread that writes the index shares with whoever searches.
pub struct Shared {
    standing: Mutex<Standing>,
    /// Told of each change of the standing.
    pub news: Condvar,
    /// The fields of the index.
    pub fields: Fields,
}

/// How the index stands.
#[derive(Default)]
pub struct Standing {
    /// None before there is an index.
    pub reader: Option<IndexReader>,
    /// The state that it shows; none for one of long ago.
    pub shows: Option<State>,
    /// Whether somebody waits for it.
    pub is_wanted: bool,
    /// Whether it will take longer than anybody should wait.
    pub takes_long: bool,
    /// Whether somebody was answered from an index that was behind.
    pub was_behind: bool,
    /// Whether nobody wants it to be kept up any more.
    pub is_over: bool,
    /// Whether that has come to an end.
    pub has_ended: bool,
}

impl Shared {
    /// Of an index that nobody has made yet.
    pub fn new(fields: Fields) -> Self {
        Self { standing: Mutex::default(), news: Condvar::new(), fields }
    }

    /// How it stands now.
    pub fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody waits for what will take long.
    pub fn takes_long(&self) {
        self.standing().takes_long = true;
        self.news.notify_all();
    }
}
