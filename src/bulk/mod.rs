//! Articles that come with a past: what happened to each is told as a list of actions ([`story`]), carried out by the rules
//! of the workflow at the newsroom's own desk, which writes into rows here ([`history`]), and copied into the tables ([`mod@copy`]).
//! A hundred articles cost what one costs an editor; [`batch`] is a hundred of them, beside everything else.

pub mod batch;
pub mod copy;
pub mod history;
pub mod rows;
pub mod story;
