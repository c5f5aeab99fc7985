//! Tintuc, a headless news API.
//!
//! Two sides in one binary. Editors work on the **management** side; the public reads the **delivery** side, over a
//! database role that cannot see anything else. [`publication`] is the only door between them.
//!
//! The rooms from top to bottom; imports go down this list only. `ARCHITECTURE.md` draws every arrow, and a test holds
//! the code against it.

#![forbid(unsafe_code)]

pub mod access;
pub mod app;
pub mod audit;
pub mod bulk;
pub mod calendar;
pub mod card;
pub mod commands;
pub mod content;
pub mod corpus;
pub mod db;
pub mod delivery;
pub mod health;
pub mod http;
pub mod import;
pub mod jobs;
pub mod keyed;
pub mod limits;
pub mod media;
pub mod newsroom;
pub mod once;
pub mod portal;
pub mod preview;
pub mod privileges;
pub mod publication;
pub mod server;
pub mod settings;
pub mod syndication;
pub mod taxonomy;
pub mod text;
pub mod told_once;
pub mod trail;
pub mod views;
