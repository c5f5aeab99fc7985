//! Keys: how programs get in, in the name of whoever made the key and with no more than they hold at the moment.

pub mod bounds;
pub mod model;
pub mod routes;
pub mod store;
pub mod token;
