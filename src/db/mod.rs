//! The database: the embedded server, pools and their rights, transactions, the schema and how it comes to be.

pub mod delivery_role;
pub mod embedded;
pub mod migrations;
pub mod pool;
pub mod schema;
pub mod text_enum;

pub use pool::{Database, Delivery, Newsroom, Tx};
