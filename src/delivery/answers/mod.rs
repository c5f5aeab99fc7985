//! Public answers that are kept in memory ([`kept`]), what they are called there ([`names`]), and how long each is right
//! ([`freshness`]), by what the database tells ([`watch`]).

mod changes;
pub mod freshness;
mod hot;
pub mod kept;
mod names;
mod questions;
pub mod watch;

pub use freshness::Freshness;
pub use kept::Answers;
