//! Files that editors upload: what they are, and what is made of them before the public gets them.
//!
//! No HTTP and no database here: paths and bytes in, facts and bytes out. All of it works hard or reads files, so it
//! belongs off the async threads.
//!
//! A file is never taken for what its name or its sender says:
//!
//! 1. [`kind`] says what it is, from its content, and refuses what the site does not take;
//! 2. [`picture`] or [`audio`] proves that it is whole and says more of it; for pictures it writes what is delivered,
//!    without anything but the picture;
//! 3. [`rendition`] makes the sizes that pages ask for;
//! 4. [`name`] makes a file name that is fit to be shown and sent.

pub mod audio;
pub mod kind;
pub mod name;
pub mod picture;
mod refused;
pub mod rendition;
mod scale;

pub use kind::{FileType, Kind};
pub use refused::Refused;
