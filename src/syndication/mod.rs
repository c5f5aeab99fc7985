//! What is passed on to others: `feeds/` for feed readers, players of podcasts and search engines, `ninjs/` for agencies,
//! `sync/` for whoever keeps a copy, `webhooks/` for whoever wants to be told.
//!
//! All of it is made of what the delivery side shows, with absolute addresses ([`story`]).

pub mod feeds;
pub mod ninjs;
pub mod story;
pub mod sync;
pub mod webhooks;
