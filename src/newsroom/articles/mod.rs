//! Working copies: what editors write, its [`versions`], the trash, and lists.
//!
//! [`pasted`] are pictures inside of what is written, [`told`] what a write tells of what became of it. [`input`] is an article as it is written, [`resolve`] what it means, [`mod@write`] creates, edits and throws away;
//! [`acts`] is all of that from finding an article to the answer, for one or for a [`batch`];
//! [`model`] and [`read`] are what is answered. [`autosave`] keeps what is not saved yet, [`lease`] tells who is editing,
//! [`claim`] who is reviewing. [`filter`] says which articles a list shows. [`retention`] is how long the trash keeps
//! what.

pub mod acts;
pub mod autosave;
pub mod batch;
pub mod claim;
pub mod filter;
pub mod input;
pub mod lease;
pub mod list;
pub mod model;
pub mod pasted;
pub mod read;
pub mod resolve;
pub mod retention;
pub mod routes;
pub mod told;
pub mod transitions;
pub mod trash;
pub mod versions;
pub mod write;
