//! The tests that see the program from outside.

mod embedded;
mod support;
