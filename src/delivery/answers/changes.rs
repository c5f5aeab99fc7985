//! What changed in which edition of what is public, as far back as is remembered.

use std::{
    collections::{HashMap, VecDeque},
    time::Instant,
};

use crate::http::depends::{Depends, Key};

/// How many editions are remembered. What was made before them counts as outdated.
const REMEMBERED: usize = 4096;

/// How many keys all of them may have together.
const MOST_KEYS: usize = 100_000;

/// The changes of the last editions.
#[derive(Default)]
pub struct Changes {
    /// Oldest first; the numbers have no gap.
    editions: VecDeque<Change>,
    /// In which edition each key changed last.
    last: HashMap<Key, u64>,
    /// The last edition that changed everything.
    everything: u64,
    keys: usize,
}

/// An edition, and what is new in it.
struct Change {
    edition: u64,
    keys: Vec<Key>,
    /// When it was learnt.
    at: Instant,
    /// When the edition before was last known to be the present one.
    before_until: Instant,
}

/// What happened to an answer since an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Something that it shows has changed, or nobody can say.
    Shown,
    /// It might show something else by now, since this moment at the earliest.
    Listed(Instant),
}

impl Changes {
    /// Notes an edition: the number after the last one's. None for what changed is everything.
    pub fn note(&mut self, edition: u64, keys: Option<Vec<Key>>, before_until: Instant) {
        let everything = keys.as_ref().is_none_or(|keys| keys.iter().any(Key::is_everything));
        let keys = keys.filter(|_| !everything).unwrap_or_default();
        if everything {
            self.everything = edition;
        }
        self.keys += keys.len();
        for key in &keys {
            self.last.insert(key.clone(), edition);
        }
        self.editions.push_back(Change { edition, keys, at: Instant::now(), before_until });
        while self.editions.len() > REMEMBERED || self.keys > MOST_KEYS {
            let Some(oldest) = self.editions.pop_front() else { break };
            self.keys -= oldest.keys.len();
            for key in oldest.keys {
                if self.last.get(&key) == Some(&oldest.edition) {
                    self.last.remove(&key);
                }
            }
        }
    }

    /// What has happened since this edition to an answer that was right then. None where it still is.
    pub fn since(&self, edition: u64, depends: &Depends) -> Option<Touched> {
        let Some(next) = self.after(edition) else { return Some(Touched::Shown) };
        let Depends::On { shows, lists, .. } = depends else { return Some(Touched::Shown) };
        if self.everything > edition {
            return Some(Touched::Shown);
        }
        let changed = |key: &Key| self.last.get(key).is_some_and(|last| *last > edition);
        if shows.iter().any(changed) {
            return Some(Touched::Shown);
        }
        // Not the edition in which the list changed, but the first that may be: it is rather early than late.
        lists.iter().any(changed).then_some(Touched::Listed(next.at))
    }

    /// Until when at least this edition, or one that differs in nothing from it for such an answer, was right. None
    /// where that is not remembered.
    pub fn right_until(&self, edition: u64) -> Option<Instant> {
        self.after(edition).map(|next| next.before_until)
    }

    fn after(&self, edition: u64) -> Option<&Change> {
        let first = self.editions.front()?.edition;
        self.editions.get(usize::try_from((edition + 1).checked_sub(first)?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn told(changes: &mut Changes, edition: u64, keys: &[Key]) {
        changes.note(edition, Some(keys.to_vec()), Instant::now());
    }

    #[test]
    fn an_answer_is_outdated_by_what_it_shows_late_by_what_it_lists_and_by_nothing_else() {
        let [mine, other, list, neighbour] = [1, 2, 3, 4].map(|id| Key::article(Uuid::from_u128(id)));
        let depends = Depends::on([mine.clone()]).and_lists([list.clone()]);
        let mut changes = Changes::default();
        told(&mut changes, 1, &[]);
        told(&mut changes, 2, &[other, neighbour]);
        assert_eq!(changes.since(0, &depends), None);
        told(&mut changes, 3, &[list]);
        told(&mut changes, 4, &[]);
        let since = changes.since(2, &depends);
        assert!(matches!(since, Some(Touched::Listed(_))), "{since:?}");
        assert_eq!(changes.since(3, &depends), None);
        told(&mut changes, 5, &[mine]);
        assert_eq!(changes.since(2, &depends), Some(Touched::Shown));
    }

    #[test]
    fn everything_outdates_all_and_whoever_depends_on_it_is_outdated_by_all() {
        let mine = Key::article(Uuid::from_u128(1));
        let mut changes = Changes::default();
        told(&mut changes, 1, &[]);
        assert_eq!(changes.since(0, &Depends::Everything), Some(Touched::Shown));
        changes.note(2, None, Instant::now());
        told(&mut changes, 3, &[Key::told("everything")]);
        for edition in [0, 1, 2] {
            assert_eq!(changes.since(edition, &Depends::on([mine.clone()])), Some(Touched::Shown));
        }
    }

    #[test]
    fn what_is_not_remembered_any_more_is_outdated() {
        let depends = Depends::on([Key::article(Uuid::from_u128(1))]);
        let mut changes = Changes::default();
        for edition in 1..=REMEMBERED as u64 + 10 {
            told(
                &mut changes,
                edition,
                &[Key::article(Uuid::from_u128(7)), Key::article(Uuid::from_u128(edition.into()))],
            );
        }
        assert_eq!(changes.since(9, &depends), Some(Touched::Shown));
        assert_eq!(changes.since(10, &depends), None);
        assert!(changes.last.len() <= REMEMBERED + 1, "{}", changes.last.len());
    }
}
