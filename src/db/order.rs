//! The order of names.

/// Orders a query's `name` as a Vietnamese dictionary does.
pub const VIETNAMESE_ORDER: &str = "name COLLATE \"vi-x-icu\"";
