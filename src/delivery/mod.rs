//! The public side: published articles for everyone. It reads the views of the schema `delivery` over a role that
//! can read nothing else, and knows nothing of the newsroom.

pub mod archive;
pub mod article;
pub mod cards;
pub mod fields;
pub mod list;
pub mod media;
pub mod model;
pub mod search;
pub mod store;
pub mod suggest;
pub mod taxonomy;
pub mod views;
