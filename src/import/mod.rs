//! Taking over what another system holds: a SharePoint list, whole, once and again.
//!
//! - [`source`]: reads an export, whatever its shape; [`item`]: an item as every kind of source gives it.
//! - [`mapping`]: what a person says becomes of each column; [`fields`]: the columns.
//! - [`inspect`]: what is in a source, for a person to read, and a mapping to edit.
//! - [`convert`]: from an item to the [`plan`] of an article; [`body`]: texts out of what editors there left around them.
//! - [`run`]: a run over all items; [`write`] and [`content`] write a batch, with [`names`] and [`files`] as they are here;
//!   [`store`]: what is known of lists, runs and items.
//! - [`rollback`]: takes a run back.
//! - [`report`]: what became of each item.

pub mod body;
pub mod content;
pub mod convert;
pub mod fields;
pub mod files;
pub mod inspect;
pub mod item;
pub mod mapping;
pub mod names;
pub mod plan;
pub mod report;
pub mod rollback;
pub mod run;
pub mod source;
pub mod store;
pub mod write;
