//! Sending files to whoever may see them.

pub mod address;
pub mod download;
pub mod link;
pub mod workshop;
