//! What articles are filed under and signed with: the category tree, types, authors, tags, and the slugs of all of them.

pub mod article_types;
pub mod author_edit;
pub mod authors;
pub mod categories;
pub mod category_edit;
mod merge;
pub mod slugs;
pub mod tag_edit;
pub mod tags;
mod uses;
