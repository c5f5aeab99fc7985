//! The only door between the sides: it alone writes what the public reads, and tells where the public stands.

pub mod cache;
pub mod copy;
pub mod door;
pub mod freshness;
pub mod standing;

pub use cache::Cache;
pub use door::{Publish, delete, publish, unpublish, unschedule};
pub use freshness::Freshness;
pub use standing::{Standing, Status, standings};
