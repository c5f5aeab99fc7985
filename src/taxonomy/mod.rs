//! What articles are filed under and signed with: the category tree, authors, tags.

pub mod authors;
pub mod categories;
pub mod slugs;
pub mod tags;

pub use authors::AuthorRef;
pub use categories::CategoryRef;

/// Orders names as a Vietnamese dictionary does.
pub(crate) const VIETNAMESE_ORDER: &str = "name COLLATE \"vi-x-icu\"";
