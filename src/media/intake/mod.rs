//! What a file is, by its content; whether it is whole; and what is kept of it.

pub mod accept;
pub mod audio;
mod container;
pub mod kind;
pub mod name;
pub mod picture;
pub mod refused;
pub(crate) mod scale;
pub mod video;
pub mod warning;

pub use accept::{Intake, Taken};
pub use kind::{FileType, Kind};
pub use refused::Refused;
pub use warning::Warning;
