//! Submitting, approving, publishing and the other steps: who may take them ([`options`], [`review`]) and what they do
//! ([`steps`]); and the history that tells of them ([`history`]).

pub mod history;
pub mod options;
pub mod review;
pub mod steps;
