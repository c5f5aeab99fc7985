//! Single sign-on: people come in by a provider of OpenID Connect, and go when it no longer knows them. Decision 29 says what is
//! believed of it, and when it is asked.

pub mod flow;
mod line;
pub mod mapping;
pub mod provider;
pub mod renewal;
pub mod routes;
mod store;
