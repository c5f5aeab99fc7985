//! The tests that see the program from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod article_lists;
mod articles;
mod bad_input;
mod bad_json;
mod conditional;
mod cors;
mod costs;
mod delivery;
mod delivery_lists;
mod editing;
mod embedded;
mod four_eyes;
mod http_rules;
mod media_delivery;
mod media_in_articles;
mod media_library;
mod media_renditions;
mod media_upload;
mod openapi;
mod process;
mod reach;
mod rights;
mod roles;
mod royalty;
mod scheduling;
mod schema;
mod search;
mod sessions;
mod sign_in;
mod slugs;
mod storage;
mod suggest;
mod support;
mod text_input;
mod tokens;
mod trash;
mod versions;
mod views;
mod workflow;
