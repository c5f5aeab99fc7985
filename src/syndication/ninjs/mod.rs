//! An article as a news item of ninjs 3.3, the JSON of the IPTC (<https://iptc.org/standards/ninjs/>): [`item()`] makes it of
//! a delivered article, [`withdrawn`] tells that there is none any more; [`routes`] is where it is found.

mod item;
mod model;
pub mod routes;

pub use item::{item, withdrawn};
pub use model::Item;
