//! What somebody sees first: what waits for them ([`inbox`]), and how many articles stand where ([`dashboard`]).

pub mod dashboard;
pub mod inbox;
