//! Counting readers: durable before it is answered, the same reader of an article counted once in half an hour, over
//! all replicas. No version, date, entity tag or cache is touched.
//!
//! Views that arrive together are appended to a log as one row (`committer.rs`). Every replica folds the log, in its
//! order, into the same totals (`tally.rs`); once a second they are written where others read them (`keeper.rs`). See
//! `docs/decisions/0009-views-are-a-log.md`. This is the one thing that the public side writes.

pub mod by_day;
mod committer;
pub mod counter;
mod keeper;
mod mailbox;
pub mod retention;
mod shared;
mod store;
mod tally;
mod visitor;

pub use counter::{Counter, Counting};
