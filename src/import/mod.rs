//! Taking over what another system holds: a SharePoint list, whole, once and again.
//!
//! - [`item`]: an item as every kind of source gives it.
//! - [`report`]: what became of each.
//! - [`fields`]: the columns of a list; [`mapping`]: what becomes of them.
//! - [`inspect`]: what is in a source, and a mapping to edit.
//! - [`source`]: what is read, in whichever shape it is.

pub mod fields;
pub mod inspect;
pub mod item;
pub mod mapping;
pub mod report;
pub mod source;
