//! What strangers try, and what they must not be able to do with it.

mod cursors;
mod sign_in;
mod silence;
mod visitors;
