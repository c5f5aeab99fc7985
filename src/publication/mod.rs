//! The only door between the sides: it alone writes what the public reads, and tells where the public stands.
//!
//! [`door`] publishes, schedules and takes back, [`ledger`] is where it writes that: the database, or a corpus that is
//! being made; [`copy`] is what the public reads of an article, [`counts`] how many
//! there are, [`changes`] what caches are told, [`mod@standing`] where the public stands with it, computed from its publications and the clock.

pub mod changes;
pub mod copy;
pub mod counts;
pub mod door;
pub mod ledger;
pub mod standing;

pub use door::{Publish, delete, publish, unpublish, unschedule};
pub use ledger::Ledger;
pub use standing::{EndReason, Publication, Standing, Status, standing, standings};
