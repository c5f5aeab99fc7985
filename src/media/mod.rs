//! Files that editors upload: pictures, recordings, documents.
//!
//! A file is never taken for what its name or its sender says:
//!
//! 1. [`upload`] streams it into the [`storage`]'s spool; [`kind`] says what it is, from its content, and refuses what
//!    the site does not take;
//! 2. [`picture`] or [`audio`] proves that it is whole and says more of it; for pictures it writes what is delivered,
//!    without anything but the picture;
//! 3. [`library`] and [`store`] keep the record, [`uses`] says where it is used;
//! 4. [`purge`] removes what nothing uses any longer, by way of [`contents`], where uploads and purges meet;
//! 5. [`delivery`] sends it to whoever may see it, with [`workshop`] making the sizes that pages ask for.

pub mod audio;
pub mod contents;
pub mod delivery;
pub mod description;
pub mod kind;
pub mod library;
pub mod link;
pub mod model;
pub mod name;
pub mod picture;
pub mod purge;
mod refused;
pub mod rendition;
mod scale;
pub mod storage;
pub mod store;
pub mod upload;
pub mod urls;
pub mod uses;
pub mod workshop;

pub use kind::{FileType, Kind};
pub use refused::Refused;
