//! The tests that see the program from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod article_lists;
mod articles;
mod editing;
mod embedded;
mod four_eyes;
mod scheduling;
mod support;
mod versions;
mod workflow;
