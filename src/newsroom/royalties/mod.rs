//! Royalties of many articles: [`report`] adds them up, [`rates`] is what pieces are paid by, and [`propose`] works out
//! those that are not set; [`period`] says which articles are meant. What one article earns is `super::royalty`.

pub mod period;
pub mod propose;
pub mod rates;
pub mod report;
