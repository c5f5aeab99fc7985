//! Submitting, approving, publishing and the other steps: who may take them ([`options`], [`four_eyes`]) and what they do
//! ([`steps`]); the history that tells of them ([`history`]) and what is said beside it ([`comments`]). [`stages`] says
//! through which stages a review goes.

pub mod comments;
pub mod four_eyes;
pub mod history;
pub mod options;
pub mod stages;
pub mod steps;
