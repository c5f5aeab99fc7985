//! What is not public yet, shown as if it were: one version of an article at an address that can be passed on. [`routes`]
//! makes such addresses, lists them and ends them, [`show`] answers under one, in the shape of the public side and over the
//! pool of the other: the public side itself cannot see a draft.

pub mod routes;
pub mod show;
