//! Public answers that are kept in memory ([`kept`]), and how long each is right ([`freshness`]).

pub mod freshness;
pub mod kept;

pub use freshness::Freshness;
pub use kept::Answers;
