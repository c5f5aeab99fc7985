//! The newsroom: an article's working copy, its versions, its review and what becomes public of it. One aggregate: who
//! writes one of these tables writes here. The public side knows nothing of it.

pub mod articles;
pub mod royalty;
pub mod workflow;
