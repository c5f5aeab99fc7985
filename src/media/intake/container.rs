//! What films and recordings are kept in, taken apart as far as is needed to say what they are and how long.

use super::Refused;

pub(super) mod boxes;
pub(super) mod frames;
pub(super) mod tags;
pub(super) mod webm;
