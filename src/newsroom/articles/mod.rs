//! Working copies: what editors write, its versions, the trash, and lists.

pub mod input;
pub mod list;
pub mod model;
pub mod read;
pub mod resolve;
pub mod routes;
pub mod store;
pub mod trash;
pub mod versions;
