//! The tests that see the program from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod article_lists;
mod articles;
mod costs;
mod delivery;
mod delivery_lists;
mod editing;
mod embedded;
mod four_eyes;
mod openapi;
mod process;
mod rights;
mod royalty;
mod scheduling;
mod schema;
mod support;
mod trash;
mod versions;
mod views;
mod workflow;
