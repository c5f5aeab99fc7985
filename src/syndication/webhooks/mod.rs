//! Webhooks: whoever wants it is told of each article that appears, is replaced or goes, by a signed request
//! (Standard Webhooks), until they have it.
//!
//! The database writes down what happens with what is published, in the same transaction (`webhook_events`). [`sender`] has it put
//! into the lanes of the receivers ([`fanout`]), takes what is due from there ([`queue`]), and hands it over by a [`courier`]: that
//! makes the body, signs it ([`secret`]) and sends it by a [`line`] that leads to public addresses only ([`address`]).

pub mod address;
mod body;
pub mod courier;
pub mod deliveries;
mod fanout;
mod filter;
pub mod line;
pub mod model;
mod queue;
pub mod retention;
mod retry;
pub mod routes;
pub mod secret;
pub mod sender;
mod settle;
pub mod store;
