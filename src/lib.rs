//! Tintuc, a headless news API.
//!
//! Two sides in one binary. Editors work on the **management** side; the public reads the **delivery** side, over a
//! database role that cannot see anything else. [`publication`] is the only door between them.
//!
//! - [`commands`]: what the program can be told to do: one file for each subcommand.
//! - [`settings`]: every setting, its default and its meaning.
//! - [`app`]: what the running service holds; [`server`]: its routes and layers.
//! - [`http`]: what handlers share: problems, reading requests, envelopes, conditions, cursors.
//! - [`db`]: the embedded PostgreSQL, pools and their rights, migrations, the schema.
//! - [`auth`]: passwords, tokens, sessions, who may do what.
//! - [`content`]: the content type "Tin Tức Mở Rộng".
//! - [`newsroom`]: working copies, versions, royalties.
//! - [`workflow`]: review and transitions.
//! - [`publication`]: writes what the public reads.
//! - [`delivery`]: the public side.
//! - [`media`]: what uploaded files are, and what is delivered of them.
//! - [`taxonomy`]: categories, authors, tags.
//! - [`media`]: pictures, recordings and documents.
//! - [`audit`]: the event log; [`health`]: whether the service can answer.
//! - [`sample`]: the newsroom that a first run shows; [`seed`]: a corpus of any size.
//! - [`text`]: normal forms, slugs, clean HTML.
//! - [`privileges`]: leaving root.

#![forbid(unsafe_code)]

pub mod app;
pub mod audit;
pub mod auth;
pub mod commands;
pub mod content;
pub mod db;
pub mod delivery;
pub mod health;
pub mod http;
pub mod media;
pub mod newsroom;
pub mod privileges;
pub mod publication;
pub mod sample;
pub mod seed;
pub mod server;
pub mod settings;
pub mod taxonomy;
pub mod text;
pub mod workflow;
