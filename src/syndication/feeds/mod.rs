//! Feeds of the lists of the public side, in three forms that say the same: [`feed`] is what they hold, [`filter`] which
//! articles, [`rss`], [`atom`] and [`json`] how it is written, [`routes`] where it is found. Beside them [`podcast`], for what
//! is read aloud; [`sitemap`], [`sitemap_news`] and [`files`] for search engines and others who look at every site; and
//! [`opml`], a list of feeds.

mod atom;
mod document;
mod feed;
pub mod files;
mod filter;
mod json;
pub mod masthead;
pub mod opml;
pub mod podcast;
pub mod press;
pub mod routes;
mod rss;
pub mod sitemap;
pub mod sitemap_news;
mod title;
mod xml;

pub use masthead::Masthead;
