//! Tintuc, a headless news API.

pub mod db;
pub mod privileges;
