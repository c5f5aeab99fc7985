//! Who is asking, and what they may do: passwords, sessions, access tokens, roles.

pub mod actor;
pub mod credentials;
pub mod keys;
pub mod layer;
pub mod password;
pub mod role;
pub mod routes;
pub mod session;
pub mod session_routes;
pub mod throttle;

pub use actor::{Actor, Readable, Subject};
pub use role::{Permission, Role};
