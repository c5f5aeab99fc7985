//! The database: the embedded server, pools and their rights, transactions, the schema and how it comes to be.

pub mod along;
mod cancel;
pub mod connector;
pub mod delivery_role;
pub mod embedded;
pub mod locks;
pub mod migrations;
pub mod order;
pub mod pool;
pub mod row;
pub mod schema;
mod scram;
pub mod text_enum;

pub use order::VIETNAMESE_ORDER;
pub use pool::{Database, Delivery, Newsroom, Tx};

/// Has OpenSSL, which libpq speaks TLS by, keep its memory when the process exits. By itself it frees it behind `main`,
/// under the hands of threads that are still at work or just ending, those of pools among them, and such a process ends
/// by a signal now and then. For the first of these calls to count, it comes before any connection.
pub fn init() {
    openssl_sys::init();
}
