//! What strangers try, and what they must not be able to do with it.

mod bodies;
mod cursors;
mod sign_in;
mod silence;
mod visitors;
