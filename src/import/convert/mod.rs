//! From an item to the plan of an article: what the mapping says of each column, done to each state of the item.
//!
//! - [`mod@article`]: the whole of it; [`mod@body`] and [`mod@values`]: its texts and other values.
//! - [`mod@links`]: where addresses lead; [`mod@work`]: what all of this works with.

mod article;
mod body;
mod links;
mod values;
mod work;

pub use links::Known;
pub use work::{Converter, Stop};
