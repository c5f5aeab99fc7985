//! What the log of views adds up to: who was counted lately, the totals, and what is yet to be written of them.
//!
//! A pure fold: replicas that fold the same batches agree on every view. Memory is bounded, see the constants.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{Queryable, Selectable};
use uuid::Uuid;

use crate::{calendar::day, db::schema::view_batches};

/// How many digests of the last half hour are remembered, in about 50 MB. Beyond it the oldest are forgotten, and
/// those readers are counted again when they come back within the half hour.
const MAX_DIGESTS: usize = if cfg!(test) { 1000 } else { 1_800_000 };
/// How many articles' totals are kept, in about 15 MB. Beyond it they are read again as they are needed.
const MAX_TOTALS: usize = 200_000;
/// How many counted views may wait to be written to the totals, in about 30 MB: some minutes' worth.
pub(super) const MAX_UNWRITTEN: usize = 1_000_000;

/// How many blocks of addresses are remembered that read an article in this half hour, in about 15 MB. Those beyond it
/// are not bounded.
const MAX_BLOCKS: usize = 900_000;

/// For how long a reader who comes back is the same visit.
pub(super) const VISIT: TimeDelta = TimeDelta::minutes(30);

/// A row of the log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = view_batches)]
pub(super) struct Batch {
    /// Its place in the log.
    pub number: i64,
    /// What its process calls it.
    pub id: Uuid,
    /// When all of its views were, by the database's clock.
    pub counted_at: DateTime<Utc>,
    /// The article of each view.
    pub articles: Vec<Uuid>,
    /// Who read it: a digest of article and visitor.
    pub visitors: Vec<i64>,
    /// The same under the key of the day before, soon after midnight.
    pub earlier: Option<Vec<i64>>,
    /// From where: a digest of article and block of addresses. None where the process bounds nobody.
    pub blocks: Option<Vec<i32>>,
    /// How many visitors of a block count for an article in half an hour.
    pub per_block: Option<i32>,
}

/// Microseconds since 1970: there are many of them, and a `DateTime` takes half as much again.
type Moment = i64;

/// What became of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The article's count after it.
    pub views: i64,
    /// Whether it was counted.
    pub counted: bool,
}

/// An article's total.
#[derive(Clone, Copy)]
struct Total {
    views: i64,
    /// It came from the database, and holds the batches up to this one already.
    holds: i64,
}

/// The counted views of a batch that the totals in the database may lack.
struct Unwritten {
    number: i64,
    day: NaiveDate,
    articles: Vec<Uuid>,
}

/// Views to add in the database.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Up to this batch.
    pub number: i64,
    /// By article.
    pub totals: HashMap<Uuid, i64>,
    /// By article and day.
    pub days: HashMap<(Uuid, NaiveDate), i64>,
}

/// The half hour of the clock in which this is. It is by the clock so that a replica that folds the log from anywhere
/// before it comes to the same numbers.
fn half_hour(at: Moment) -> i64 {
    at.div_euclid(VISIT.num_microseconds().unwrap_or(Moment::MAX))
}

fn is_same_visit(counted: Moment, at: Moment) -> bool {
    TimeDelta::microseconds(at - counted) < VISIT
}

/// The state of the fold.
#[derive(Default)]
pub(super) struct Tally {
    /// The last batch folded.
    pub known: i64,
    /// Up to where the totals in the database are known to hold the log.
    mark: i64,
    /// When each digest was counted.
    lately: HashMap<i64, Moment>,
    /// The digests that were counted together, oldest first.
    in_order: VecDeque<(Moment, Box<[i64]>)>,
    /// How many visitors were counted of each block in `half_hour`.
    blocks: HashMap<i32, i32>,
    half_hour: i64,
    totals: HashMap<Uuid, Total>,
    unwritten: VecDeque<Unwritten>,
    unwritten_views: usize,
}

impl Tally {
    /// An empty one, to be fed the log from behind `known`; the totals in the database hold it up to `mark`.
    pub fn new(known: i64, mark: i64) -> Self {
        Self { known, mark, ..Self::default() }
    }

    /// Whether a view at that time would not be counted.
    pub fn knows(&self, digests: impl IntoIterator<Item = i64>, at: DateTime<Utc>) -> bool {
        let at = at.timestamp_micros();
        digests.into_iter().any(|digest| self.lately.get(&digest).is_some_and(|counted| is_same_visit(*counted, at)))
    }

    /// Whether no more visitors of a block count at that time.
    pub fn is_full(&self, block: i32, per_block: i32, at: DateTime<Utc>) -> bool {
        half_hour(at.timestamp_micros()) == self.half_hour && self.counted_of(block) >= per_block
    }

    fn counted_of(&self, block: i32) -> i32 {
        self.blocks.get(&block).copied().unwrap_or(0)
    }

    /// Takes in the next batch of the log, and says what became of each view.
    pub fn fold(&mut self, batch: &Batch) -> Vec<Outcome> {
        let now = batch.counted_at.timestamp_micros();
        self.forget(now);
        // The clock of the log does not go back but by being set; then the bound begins anew.
        if self.half_hour != half_hour(now) {
            (self.half_hour, self.blocks) = (half_hour(now), HashMap::new());
        }
        let mut digests = Vec::with_capacity(batch.visitors.len());
        let mut counted_articles = Vec::with_capacity(batch.articles.len());
        let mut outcomes = Vec::with_capacity(batch.articles.len());
        for (place, (article, visitor)) in batch.articles.iter().zip(&batch.visitors).enumerate() {
            let earlier = batch.earlier.as_ref().and_then(|earlier| earlier.get(place)).copied();
            let block = batch.blocks.as_ref().and_then(|blocks| blocks.get(place)).copied();
            let is_full = block.zip(batch.per_block).is_some_and(|(block, bound)| self.counted_of(block) >= bound);
            let counted = !is_full && !self.knows(std::iter::once(*visitor).chain(earlier), batch.counted_at);
            if counted {
                if let Some(block) = block
                    && (self.blocks.len() < MAX_BLOCKS || self.blocks.contains_key(&block))
                {
                    *self.blocks.entry(block).or_default() += 1;
                }
                // Under both digests: a replica whose clock is behind may still use the earlier one.
                for digest in std::iter::once(*visitor).chain(earlier) {
                    self.lately.insert(digest, now);
                    digests.push(digest);
                }
                counted_articles.push(*article);
            }
            let mut views = 0;
            if let Some(total) = self.totals.get_mut(article) {
                total.views += i64::from(counted && batch.number > total.holds);
                views = total.views;
            }
            outcomes.push(Outcome { views, counted });
        }
        if !digests.is_empty() {
            self.in_order.push_back((now, digests.into()));
        }
        self.known = batch.number;
        if batch.number > self.mark && !counted_articles.is_empty() {
            self.unwritten_views += counted_articles.len();
            self.unwritten.push_back(Unwritten {
                number: batch.number,
                day: day(batch.counted_at),
                articles: counted_articles,
            });
        }
        outcomes
    }

    /// Forgets who was counted half an hour before `now`, and the oldest while there are too many.
    fn forget(&mut self, now: Moment) {
        let is_over = |counted: Moment, remembered: usize| !is_same_visit(counted, now) || remembered > MAX_DIGESTS;
        while let Some((counted, digests)) =
            self.in_order.pop_front_if(|(counted, _)| is_over(*counted, self.lately.len()))
        {
            for digest in digests {
                if self.lately.get(&digest) == Some(&counted) {
                    self.lately.remove(&digest);
                }
            }
        }
    }

    /// An article's count, if it is known.
    pub fn views(&self, article: Uuid) -> Option<i64> {
        self.totals.get(&article).map(|total| total.views)
    }

    /// Those of these articles whose totals are to be read first.
    pub fn without_total(&self, articles: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
        let mut unknown: Vec<_> = articles.filter(|article| !self.totals.contains_key(article)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// Takes totals as the database has them, which hold the log up to `mark`. False where the mark has moved on in
    /// the meantime, and they have to be read again.
    pub fn load(&mut self, mark: i64, totals: impl IntoIterator<Item = (Uuid, i64)>) -> bool {
        if mark < self.mark {
            return false;
        }
        if self.totals.len() > MAX_TOTALS {
            self.totals.clear();
        }
        let behind = self.sums_behind(mark).totals;
        for (article, views) in totals {
            let views = views + behind.get(&article).copied().unwrap_or(0);
            self.totals.insert(article, Total { views, holds: mark.max(self.known) });
        }
        true
    }

    /// What the totals lack that hold the log up to `mark`.
    pub fn sums_behind(&self, mark: i64) -> Sums {
        let mut sums = Sums { number: self.known, ..Sums::default() };
        for batch in self.unwritten.iter().filter(|batch| batch.number > mark) {
            for article in &batch.articles {
                *sums.totals.entry(*article).or_default() += 1;
                *sums.days.entry((*article, batch.day)).or_default() += 1;
            }
        }
        sums
    }

    /// The totals in the database hold the log up to `mark`.
    pub fn written(&mut self, mark: i64) {
        self.mark = self.mark.max(mark);
        while let Some(batch) = self.unwritten.front()
            && batch.number <= mark
        {
            self.unwritten_views -= batch.articles.len();
            self.unwritten.pop_front();
        }
    }

    /// Whether the totals in the database are known to hold all that was folded.
    pub fn is_written(&self) -> bool {
        self.known <= self.mark
    }

    /// How many counted views wait to be written to the totals.
    pub fn unwritten(&self) -> usize {
        self.unwritten_views
    }
}

#[cfg(test)]
mod tests;
