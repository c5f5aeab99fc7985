//! Tintuc, a headless news API.
//!
//! - [`text`]: what becomes of words that people type: normal forms, slugs, clean HTML.

#![forbid(unsafe_code)]

pub mod text;
