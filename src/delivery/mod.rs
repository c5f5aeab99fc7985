//! The public side: published articles for everyone. It reads the views of the schema `delivery` over a role that
//! can read nothing else, and knows nothing of the newsroom.

pub mod answers;
pub mod archive;
pub mod article_key;
pub mod articles;
pub mod cards;
pub mod counts;
pub mod fields;
pub mod files;
pub mod front;
pub mod legacy;
pub mod list;
pub mod listing;
pub mod lookup;
pub mod metadata;
pub mod model;
pub mod most_viewed;
pub mod renamed;
pub mod search;
pub mod store;
pub mod suggest;
pub mod taxonomy;
pub mod views;
