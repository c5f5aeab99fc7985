//! What receivers were told and are to be told, as administrators see it, and how they have it sent again.

pub mod model;
pub mod routes;
pub mod store;
