//! Asking the index.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Bound};

use chrono::{DateTime, Utc};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
    query::{AllQuery, BooleanQuery, EmptyQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery},
    schema::IndexRecordOption,
};
use uuid::Uuid;

use super::fields::{Fields, ID_HIGH, ID_LOW, LAST_PUBLISHED_AT, PUBLISHED_AT, micros};
use crate::delivery::{
    cards::{ListPlace, Order},
    search::condition::Condition,
};

/// Of so many alternatives or more those that anybody wrote are looked up first: misspelt words have hundreds.
const MANY: usize = 16;

/// A condition in the words of the index.
pub fn query(fields: Fields, condition: &Condition) -> Box<dyn Query> {
    let each = |occur: Occur, conditions: &[Condition]| {
        conditions.iter().map(|condition| (occur, query(fields, condition))).collect::<Vec<_>>()
    };
    match condition {
        Condition::Term(term) => Box::new(TermQuery::new(fields.term(term), IndexRecordOption::Basic)),
        Condition::Beginning(term) => {
            // No term has a greater character.
            let end = fields.term(&format!("{term}{}", char::MAX));
            Box::new(RangeQuery::new(Bound::Included(fields.term(term)), Bound::Excluded(end)))
        }
        Condition::All(conditions) if conditions.is_empty() => Box::new(AllQuery),
        Condition::Any(conditions) if conditions.is_empty() => Box::new(EmptyQuery),
        Condition::All(conditions) | Condition::Any(conditions) if conditions.len() == 1 => {
            query(fields, &conditions[0])
        }
        Condition::All(conditions) => Box::new(BooleanQuery::new(each(Occur::Must, conditions))),
        Condition::Any(conditions) => {
            let terms: Vec<_> = conditions
                .iter()
                .map_while(|condition| match condition {
                    Condition::Term(term) => Some(fields.term(term)),
                    _ => None,
                })
                .collect();
            if terms.len() == conditions.len() && terms.len() >= MANY {
                return Box::new(TermSetQuery::new(terms));
            }
            Box::new(BooleanQuery::new(each(Occur::Should, conditions)))
        }
        Condition::Without(condition, those) => {
            let mut clauses = each(Occur::MustNot, those);
            clauses.push((Occur::Must, query(fields, condition)));
            Box::new(BooleanQuery::new(clauses))
        }
    }
}

/// A page of what is found, and how much that is in all.
pub struct Page {
    /// The order.
    pub order: Order,
    /// After this place.
    pub after: Option<ListPlace>,
    /// Dated at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Dated before this moment.
    pub before: Option<DateTime<Utc>>,
    /// How many at most.
    pub limit: usize,
}

/// An article as it is compared: what comes first is greater.
type Rank = (i64, u128);

impl Page {
    /// The rank of a place, and the place of a rank: oldest first is all of it the other way round.
    fn turned(&self, (at, id): Rank) -> Rank {
        if self.order == Order::Oldest { (!at, !id) } else { (at, id) }
    }

    fn place(&self, rank: Rank) -> Option<ListPlace> {
        let (at, id) = self.turned(rank);
        Some((DateTime::from_timestamp_micros(at)?, Uuid::from_u128(id)))
    }
}

impl Collector for Page {
    type Fruit = (u64, Vec<ListPlace>);
    type Child = Leaf;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Leaf> {
        let numbers = segment.fast_fields();
        let dated = numbers.i64(PUBLISHED_AT)?;
        let (by, dated) = match self.order {
            Order::Newest | Order::Oldest => (dated, None),
            Order::LastPublished => (numbers.i64(LAST_PUBLISHED_AT)?, Some(dated)),
        };
        Ok(Leaf {
            by,
            dated,
            id: (numbers.u64(ID_HIGH)?, numbers.u64(ID_LOW)?),
            since: self.since.map_or(i64::MIN, micros),
            before: self.before.map_or(i64::MAX, micros),
            after: self.after.map(|(at, id)| self.turned((micros(at), id.as_u128()))),
            is_turned: self.order == Order::Oldest,
            limit: self.limit,
            found: 0,
            best: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, leaves: Vec<(u64, Vec<Rank>)>) -> tantivy::Result<Self::Fruit> {
        let found = leaves.iter().map(|(found, _)| found).sum();
        let mut ranks: Vec<Rank> = leaves.into_iter().flat_map(|(_, ranks)| ranks).collect();
        ranks.sort_unstable_by_key(|rank| Reverse(*rank));
        ranks.truncate(self.limit);
        Ok((found, ranks.into_iter().filter_map(|rank| self.place(rank)).collect()))
    }
}

/// What is found in a part of the index.
pub struct Leaf {
    by: Column<i64>,
    /// The date, where it is not what they are ordered by.
    dated: Option<Column<i64>>,
    id: (Column<u64>, Column<u64>),
    since: i64,
    before: i64,
    after: Option<Rank>,
    is_turned: bool,
    limit: usize,
    found: u64,
    /// The least of the best on top.
    best: BinaryHeap<Reverse<Rank>>,
}

impl SegmentCollector for Leaf {
    type Fruit = (u64, Vec<Rank>);

    fn collect(&mut self, doc: DocId, _: Score) {
        let Some(at) = self.by.first(doc) else { return };
        let dated = self.dated.as_ref().map_or(Some(at), |dated| dated.first(doc));
        if !dated.is_some_and(|dated| (self.since..self.before).contains(&dated)) {
            return;
        }
        self.found += 1;
        if self.limit == 0 {
            return;
        }
        let at = if self.is_turned { !at } else { at };
        let is_full = self.best.len() == self.limit;
        // Of most nothing but the date is looked at.
        let least = self.best.peek().filter(|_| is_full);
        if least.is_some_and(|Reverse((least, _))| at < *least) || self.after.is_some_and(|(after, _)| at > after) {
            return;
        }
        let (Some(high), Some(low)) = (self.id.0.first(doc), self.id.1.first(doc)) else { return };
        let id = Uuid::from_u64_pair(high, low).as_u128();
        let rank = (at, if self.is_turned { !id } else { id });
        if self.after.is_some_and(|after| rank >= after) || least.is_some_and(|Reverse(least)| rank < *least) {
            return;
        }
        if is_full {
            self.best.pop();
        }
        self.best.push(Reverse(rank));
    }

    fn harvest(self) -> Self::Fruit {
        (self.found, self.best.into_iter().map(|Reverse(rank)| rank).collect())
    }
}
