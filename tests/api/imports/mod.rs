//! Leaving SharePoint: a list, whole, once and again, with nothing lost in silence.

mod again;
mod beside;
mod killed;
mod list;
mod page;
mod refusals;
mod shapes;
