//! Versions: full snapshots, never changed. [`routes`] reads them, and makes a new one of an earlier; [`diff`] tells what
//! one changed as against another, [`compare`] finds that, and [`align`] what of a sequence stayed, came, went and moved.

pub mod align;
pub mod compare;
pub mod diff;
pub mod routes;
