//! The newsroom: an article's working copy, its versions, its review and what becomes public of it. One aggregate: who
//! writes one of these tables writes here. The public side knows nothing of it.
//!
//! - [`machine`]: which steps lead from where to where, [`requirements`]: what `submit` asks for, [`review`]: the stages of a
//!   review, all pure;
//! - [`article`]: an article as decisions about it find it;
//! - [`desk`]: where it is written: the database, or a corpus that is being made; [`store`]: where it is found;
//! - [`files`]: the files that versions show, [`words`]: what they say;
//! - [`workflow`]: submit, approve, publish and the others; who may, and what they do;
//! - [`articles`]: writing, reading and listing working copies, versions, the trash; [`overview`]: what waits for somebody,
//!   and how much stands where;
//! - [`royalty`]: what a piece earns its writer; [`royalties`]: what many do, and what they are paid by.

pub mod article;
pub mod articles;
pub mod desk;
pub mod files;
pub mod machine;
pub mod overview;
pub mod requirements;
pub mod review;
pub mod royalties;
pub mod royalty;
pub mod store;
pub mod words;
pub mod workflow;

pub use machine::{Approval, Transition};
