//! Files that editors upload: pictures, recordings, documents.
//!
//! A file is never taken for what its name or its sender says:
//!
//! 1. [`storage`] streams it into its spool; [`intake`] says what it is, from its content, refuses what the site does
//!    not take, and proves that it is whole; for pictures it writes what is delivered, without anything but the picture;
//! 2. [`library`] keeps the record, what is said of it, where it is used, and purges what nothing uses any longer;
//! 3. [`renditions`] are a picture's other sizes, and the addresses of all of it;
//! 4. [`serving`] sends it to whoever may see it.

pub mod intake;
pub mod library;
pub mod renditions;
pub mod serving;
pub mod storage;
