//! What is to be made.

use chrono::{DateTime, Duration, Utc};

/// A corpus to be made. The same plan makes the same corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many articles, whatever their state.
    pub articles: u32,
    /// Where the generator starts.
    pub seed: u64,
    /// The corpus's present: what happened, happened before. The newsroom looks as it did then.
    pub until: DateTime<Utc>,
}

impl Plan {
    /// When the first article was published, about fifteen years before the present.
    pub fn since(&self) -> DateTime<Utc> {
        self.until - Duration::days(15 * 365 + 4)
    }
}
