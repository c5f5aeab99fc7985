//! Review and publication: what may happen to an article, who may do it, and what it does.

pub mod history;
pub mod machine;
pub mod options;
pub mod requirements;
pub mod review;
pub mod routes;

pub use machine::{Approval, Transition};
