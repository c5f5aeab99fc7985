//! The only door between the sides: it alone writes what the public reads, and tells where the public stands.

pub mod copy;
pub mod door;
pub mod standing;

pub use door::{Publish, delete, publish, unpublish, unschedule};
pub use standing::{Standing, Status, standings};
