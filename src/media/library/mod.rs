//! The media library: the records of files, what is said of them, where they are used.

pub mod contents;
pub mod description;
pub mod model;
pub mod purge;
pub mod revisions;
pub mod routes;
pub mod store;
pub mod upload;
pub mod uses;
