//! Public answers that are kept in memory ([`kept`]), what they are called there ([`names`]), and how long each is right ([`freshness`]).

pub mod freshness;
pub mod kept;
mod names;

pub use freshness::Freshness;
pub use kept::Answers;
