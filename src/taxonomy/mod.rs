//! What articles are filed under and signed with: the category tree, authors, tags, and the slugs of all of them.

pub mod authors;
pub mod categories;
pub mod slugs;
pub mod tags;
