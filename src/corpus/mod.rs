//! Newsrooms to try the service with: a dozen articles that a first run shows, and a corpus of any size.

pub mod sample;
pub mod seed;
