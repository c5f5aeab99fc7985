//! What strangers try, and what they must not be able to do with it.

mod cursors;
mod silence;
