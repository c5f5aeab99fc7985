//! What a file is, by its content; whether it is whole; and what is kept of it.

pub mod accept;
pub mod audio;
pub mod kind;
pub mod name;
pub mod picture;
pub mod refused;
pub(crate) mod scale;

pub use accept::{Intake, Taken};
pub use kind::{FileType, Kind};
pub use refused::Refused;
