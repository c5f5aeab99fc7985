//! Which answers are asked for all the time: what is made anew as soon as it is outdated, before anybody asks.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::names::Name;

/// Asked for so often since it was made, an answer is hot.
pub const OFTEN: u32 = 8;

/// How many are followed at most: what is made anew after a change has a bound.
const MOST: usize = 128;

/// The names of hot answers.
#[derive(Default)]
pub struct Hot(Mutex<HashSet<Name>>);

impl Hot {
    /// Notes that an answer has become hot, if there is room.
    pub fn note(&self, name: &Name) {
        let mut names = self.names();
        if names.len() < MOST {
            names.insert(Name::clone(name));
        }
    }

    /// Those that are, for whoever looks after them and notes again which stay.
    pub fn take(&self) -> HashSet<Name> {
        std::mem::take(&mut *self.names())
    }

    fn names(&self) -> MutexGuard<'_, HashSet<Name>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_followed() {
        let hot = Hot::default();
        for number in 0..MOST + 10 {
            hot.note(&Name::from(number.to_string()));
        }
        assert_eq!(hot.take().len(), MOST);
        assert!(hot.take().is_empty());
    }
}
