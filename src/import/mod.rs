//! Taking over what another system holds: a SharePoint list, whole, once and again.
//!
//! - [`item`]: an item as every kind of source gives it.
//! - [`report`]: what became of each.

pub mod item;
pub mod report;
