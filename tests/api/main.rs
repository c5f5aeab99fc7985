//! The tests that see the program from outside.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod embedded;
mod four_eyes;
mod openapi;
mod process;
mod storage;
mod support;
