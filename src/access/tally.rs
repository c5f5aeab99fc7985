//! Counting tries by key, in memory: pure, told the time, and of bounded size.

use std::time::{Duration, Instant};

use quick_cache::unsync::Cache;

/// What is counted: a keyed digest, so that no address of a person or a machine is held.
pub type Key = [u8; 32];

/// How many tries by one key cost nothing, and how long after each of them one more does.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// As many at once.
    pub burst: u32,
    /// Then one in each of these.
    pub every: Duration,
}

/// A try by one key, and what that key is allowed.
pub type Charge = (Key, Allowance);

/// How far each key has used up what it is allowed: the moment at which all of it is back (the generic cell rate
/// algorithm). A key whose moment has passed is as one that was never seen.
pub struct Tally {
    full_again: Cache<Key, Instant>,
}

impl Tally {
    /// A tally of at most so many keys. Those that came once are forgotten before those that come again and again.
    pub fn new(keys: usize) -> Self {
        Self { full_again: Cache::new(keys) }
    }

    /// Counts a try, before anything is known of its outcome: tries that run side by side are as many as they are.
    ///
    /// # Errors
    /// How long to wait where any of the keys has used up what it is allowed. Such a try is not counted.
    pub fn charge(&mut self, charges: &[Charge], now: Instant) -> Result<(), Duration> {
        let wait = charges.iter().map(|(key, allowed)| {
            let used = self.used(key, now) + allowed.every;
            used.saturating_sub(allowed.every * allowed.burst)
        });
        match wait.max() {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                for (key, allowed) in charges {
                    self.set(key, now, self.used(key, now) + allowed.every);
                }
                Ok(())
            }
        }
    }

    /// Takes a try back that was counted: it succeeded, or nothing came of it.
    pub fn refund(&mut self, charges: &[Charge], now: Instant) {
        for (key, allowed) in charges {
            self.set(key, now, self.used(key, now).saturating_sub(allowed.every));
        }
    }

    /// Begins anew with a key.
    pub fn forget(&mut self, key: &Key) {
        self.full_again.remove(key);
    }

    fn used(&self, key: &Key, now: Instant) -> Duration {
        self.full_again.get(key).map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    fn set(&mut self, key: &Key, now: Instant, used: Duration) {
        if used.is_zero() {
            self.full_again.remove(key);
        } else {
            self.full_again.insert(*key, now + used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const THREE: Allowance = Allowance { burst: 3, every: MINUTE };
    const MINE: Charge = ([1; 32], THREE);
    const YOURS: Charge = ([2; 32], THREE);

    #[test]
    fn a_burst_is_free_and_then_one_comes_back_at_a_time() {
        let (mut tally, now) = (Tally::new(10), Instant::now());
        for _ in 0..3 {
            assert_eq!(tally.charge(&[MINE], now), Ok(()));
        }

        assert_eq!(tally.charge(&[MINE], now), Err(MINUTE));
        assert_eq!(tally.charge(&[MINE], now + MINUTE / 2), Err(MINUTE / 2));
        assert_eq!(tally.charge(&[MINE], now + MINUTE), Ok(()));
        assert_eq!(tally.charge(&[MINE], now + MINUTE), Err(MINUTE));
    }

    #[test]
    fn nobody_is_locked_out_for_good_however_long_a_siege_was() {
        let (mut tally, start) = (Tally::new(10), Instant::now());
        let siege = (0..3600).map(|second| start + Duration::from_secs(second));
        let counted = siege.filter(|at| tally.charge(&[MINE], *at).is_ok()).count();

        assert_eq!(counted, 3 + 59, "a burst and one a minute");
        let after = start + Duration::from_secs(3600);
        assert!((0..3).all(|_| tally.charge(&[MINE], after + MINUTE * 3).is_ok()), "all is back");
    }

    #[test]
    fn what_one_key_refuses_is_counted_by_none() {
        let (mut tally, now) = (Tally::new(10), Instant::now());
        while tally.charge(&[MINE], now).is_ok() {}

        assert_eq!(tally.charge(&[YOURS, MINE], now), Err(MINUTE));
        for _ in 0..3 {
            assert_eq!(tally.charge(&[YOURS], now), Ok(()));
        }
    }

    #[test]
    fn what_succeeds_is_taken_back() {
        let (mut tally, now) = (Tally::new(10), Instant::now());
        for _ in 0..100 {
            assert_eq!(tally.charge(&[MINE], now), Ok(()));
            tally.refund(&[MINE], now);
        }
    }

    #[test]
    fn strangers_do_not_crowd_out_a_key_that_is_watched_nor_fill_the_memory() {
        let (mut tally, now) = (Tally::new(100), Instant::now());
        while tally.charge(&[MINE], now).is_ok() {}
        for stranger in 0_u32..10_000 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&stranger.to_be_bytes());
            assert_eq!(tally.charge(&[(key, THREE)], now), Ok(()));
            assert!(tally.charge(&[MINE], now).is_err(), "after {stranger}");
        }
        assert!(tally.full_again.len() <= 110);
    }
}
