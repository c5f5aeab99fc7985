//! A corpus of believable news for demos and load tests: any number of articles, the same ones each time.
//!
//! Everything comes from a seeded generator and the corpus's own dates, never from the clock: the same [`Plan`] makes
//! the same rows. What editors would have done is told as a list of actions ([`story`]) and written down by
//! [`crate::bulk`]: all at once into a database without content ([`mod@load`]), or bit by bit into one that is at work
//! ([`mod@add`]).
//!
//! - [`words`]: the material, `words.toml`; [`text`]: titles and bodies made of it, [`article`]: whole articles.
//! - [`cast`]: who works here, the categories, authors and tags.
//! - [`dice`]: choices, and ids.

pub mod add;
pub mod article;
pub mod bare;
pub mod cast;
pub mod dice;
pub mod fate;
pub mod load;
pub mod plan;
pub mod story;
pub mod text;
pub mod words;

pub use add::add;
pub use load::{Outcome, load};
pub use plan::Plan;
