//! Sending files to whoever may see them.

pub mod download;
pub mod link;
pub mod workshop;
