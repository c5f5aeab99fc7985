//! Looking after people: who they are, what they are granted, how they come in and who puts them out.

pub mod grants;
pub mod invites;
pub mod model;
pub mod overview;
pub mod routes;
pub mod store;
