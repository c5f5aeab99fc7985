//! A second factor beside the password: codes of an authenticator (RFC 6238), and recovery codes for who has lost theirs.
//! Decision 28 says what is asked for, of whom and when.

pub mod codes;
pub mod model;
pub mod routes;
pub mod store;
