//! A corpus of believable news for demos and load tests: any number of articles, the same ones each time.
//!
//! Everything comes from a seeded generator and the corpus's own dates, never from the clock: the same [`Plan`] makes
//! the same rows. What editors would have done is told as a list of actions ([`story`]), carried out by the rules of
//! the workflow ([`history`]) and copied into the tables ([`load`]).
//!
//! - [`words`]: the material, `words.toml`; [`text`]: titles and bodies made of it, [`terms`]: what search finds them by;
//!   [`article`]: whole articles.
//! - [`cast`]: who works here, the categories, authors and tags.
//! - [`dice`]: choices, and ids.

pub mod article;
pub mod cast;
pub mod dice;
pub mod history;
pub mod load;
pub mod rows;
pub mod story;
pub mod terms;
pub mod text;
pub mod words;

use chrono::{DateTime, Duration, Utc};

pub use load::{Outcome, load};

/// What is to be made. The same plan makes the same corpus.
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

/// Carries out every story of the plan, in batches of rows that go into the tables in this order.
///
/// # Errors
/// Where a story breaks the workflow; that would be a defect.
pub fn batches(
    plan: Plan,
    cast: &cast::Cast,
    first_transition: i64,
) -> impl Iterator<Item = Result<rows::Rows, String>> {
    /// Large enough that statements cost nothing, small enough for memory.
    const ARTICLES: usize = 1000;
    let mut stories = story::Stories::new(plan, cast);
    let mut next_transition = first_transition;
    std::iter::from_fn(move || {
        let batch: Vec<_> = stories.by_ref().take(ARTICLES).collect();
        if batch.is_empty() {
            return None;
        }
        let mut rows = rows::Rows::default();
        let written =
            batch.into_iter().try_for_each(|story| history::carry_out(story, &mut next_transition, &mut rows));
        Some(written.map(|()| rows))
    })
}
