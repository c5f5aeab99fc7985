//! The change feed: all that is public once, and from then on what changes, in the order in which it was committed.
//! `log.rs` reads it from the database, `follower.rs` reads it once for all who wait for more, `routes.rs` and `stream.rs`
//! answer (docs/decisions/0033-the-change-feed.md).

mod fields;
mod filter;
mod follower;
mod log;
mod place;
pub mod routes;
pub mod stream;
mod told;

pub use fields::PartialSingle;
pub use follower::Follower;
