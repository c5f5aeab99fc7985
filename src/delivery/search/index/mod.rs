//! The index of what is public: one for each replica, in its data directory, made from the views of the public side and
//! kept up by what is told of their changes. docs/decisions/0023-search-beside-the-database.md says why it is so.
//!
//! A thread writes it ([`keeper`]). Whoever searches names the state of the publication that they read the database in,
//! and waits until the index has come there ([`SearchIndex::view`]); so what was published before a request is found by it.

mod asking;
mod fields;
mod keeper;
mod source;
mod standing;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryDsl, RunQueryDsl};
use secrecy::SecretString;
use tantivy::Searcher;

pub use asking::Page;
use fields::Fields;
use standing::{Shared, Standing};

use super::condition::Condition;
use crate::{
    db::schema::delivery::state,
    delivery::{answers::Freshness, cards::ListPlace},
    http::Problem,
};

/// How long a search waits for the index to come to where the database is. A publication takes it some milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// The index, for whoever searches. Cheap to clone.
#[derive(Clone)]
pub struct SearchIndex(Arc<Shared>);

/// The index as it stood at one moment.
pub struct View {
    searcher: Searcher,
    fields: Fields,
    is_behind: bool,
}

impl SearchIndex {
    /// Opens the index in this folder, or makes it there, and keeps it up from the database at `url` for as long as
    /// anybody holds it. Where another process has it, or nobody may write there, it is made in a temporary one.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(folder: PathBuf, url: &SecretString, freshness: Arc<Freshness>) -> std::io::Result<Self> {
        let (fields, schema) = Fields::new();
        let shared = Arc::new(Shared::new(fields));
        keeper::start(&shared, folder, schema, url, freshness)?;
        Ok(Self(shared))
    }

    /// The index as it is in the state of the publication that `conn` reads, or later; where it does not come there in
    /// time, as it is. One statement.
    ///
    /// # Errors
    /// `unavailable` where there is none yet.
    pub fn view(&self, conn: &mut PgConnection) -> Result<View, Problem> {
        let (generation, at): (i64, DateTime<Utc>) = state::table.select((state::generation, state::at)).first(conn)?;
        let mut standing = self.0.standing();
        let is_there = |standing: &Standing| standing.shows.is_some_and(|state| state.covers(generation, at));
        if !is_there(&standing) {
            standing.is_wanted = true;
            self.0.news.notify_all();
            let waits = |standing: &mut Standing| !is_there(standing) && !standing.takes_long && !standing.is_over;
            let waited = self.0.news.wait_timeout_while(standing, PATIENCE, waits);
            standing = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let is_behind = !is_there(&standing);
        standing.was_behind |= is_behind;
        let reader = standing.reader.as_ref().ok_or_else(|| Problem::unavailable("the search index is being made"))?;
        Ok(View { searcher: reader.searcher(), fields: self.0.fields, is_behind })
    }

    /// Ends the keeping, before the database is stopped; waits until its connection is closed, but not for long.
    pub fn end(&self) {
        let mut standing = self.0.standing();
        standing.is_over = true;
        self.0.news.notify_all();
        drop(self.0.news.wait_timeout_while(standing, PATIENCE, |standing| !standing.has_ended));
    }
}

impl View {
    /// Whether the index lacks what the database has already. It will be told when it does not any more.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// How many articles meet the condition and are dated so, and those of them that the page holds, each by its place.
    ///
    /// # Errors
    /// `internal` where the index cannot be read.
    pub(super) fn find(&self, condition: &Condition, page: &Page) -> Result<(u64, Vec<ListPlace>), Problem> {
        self.searcher.search(&*asking::query(self.fields, condition), page).map_err(Problem::internal)
    }
}
