//! How far somebody has read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filter::{Named, Names, Part};
use crate::http::{Cursors, Problem};

/// A place in the change feed, which clients carry about as a token.
///
/// What is committed is numbered in the order of commits. What the clock does is not committed by anybody, and is read from
/// the times of the copies: all that happened by the clock of the moment of reading. That clock may step back; what happens
/// then is read again rather than missed, so the time is that of the last reading and not the latest of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The last change that was read: the number of its state, and the article.
    pub log: (i64, Uuid),
    /// The last moment that was read, and the article.
    pub clock: (DateTime<Utc>, Uuid),
    /// The latest time that was read at: what was public by then may have been given.
    pub seen: DateTime<Utc>,
    /// The state in which the full pass began: what was gone by then was never given.
    pub begun: i64,
    /// What the filter named.
    pub names: Names,
}

impl Place {
    /// The beginning of a full pass, in this state.
    pub fn beginning(state: i64, at: DateTime<Utc>, named: &Named) -> Self {
        Self { log: (0, Uuid::nil()), clock: (at, Uuid::max()), seen: at, begun: state, names: named.names.clone() }
    }

    /// Behind all that there is in this state.
    pub fn end(state: i64, at: DateTime<Utc>, named: &Named) -> Self {
        Self { log: (state, Uuid::max()), ..Self::beginning(state, at, named) }
    }

    /// The place in a token that a client sent back, if it sent one.
    ///
    /// # Errors
    /// `invalid_cursor` where we did not make it for the same part of the articles.
    pub fn read(cursors: &Cursors, part: &Part, token: Option<&str>) -> Result<Option<Self>, Problem> {
        cursors.decode(&part.name(), token)
    }

    /// The token for it.
    pub fn token(&self, cursors: &Cursors, part: &Part) -> String {
        cursors.encode(&part.name(), self)
    }
}
