//! The tests that see the program from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod bad_json;
mod conditional;
mod cors;
mod embedded;
mod four_eyes;
mod http_rules;
mod openapi;
mod process;
mod reach;
mod roles;
mod sessions;
mod sign_in;
mod slugs;
mod support;
mod text_input;
mod tokens;
