//! Many operations on articles in one request: each by the same acts as alone ([`super::acts`]), and kept by itself or all
//! together.
//!
//! [`input`] is what is sent, checked by its shape; [`operation`] one of them, ready to be done; [`run`] does them.

pub mod input;
pub mod operation;
pub mod routes;
mod run;
