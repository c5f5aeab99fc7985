//! Working copies: what editors write, its versions, royalties and lists. The public side knows nothing of it.

pub mod input;
pub mod list;
pub mod model;
pub mod read;
pub mod resolve;
pub mod routes;
pub mod royalty;
pub mod store;
pub mod trash;
pub mod versions;
pub mod views;
