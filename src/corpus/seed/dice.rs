//! Choices that look like chance and are the same each time.

use chrono::{DateTime, Duration, Utc};
use rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use uuid::{Builder, Uuid};

/// A seeded generator whose algorithm is named, so that it does not change with the library's taste.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number of `0..below`, which must not be 0.
    pub fn below(&mut self, below: u32) -> u32 {
        self.0.random_range(0..below)
    }

    /// A number between the two, both possible.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0.random_range(least..=most)
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there must be some.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        // Nothing here has four milliards of items.
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        &items[self.below(count) as usize]
    }

    /// Puts them in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(u32::try_from(last + 1).unwrap_or(u32::MAX));
            items.swap(last, other as usize);
        }
    }

    /// So long, give or take nothing but chance: between `least` and `most` minutes, to the second.
    pub fn minutes(&mut self, least: u32, most: u32) -> Duration {
        Duration::seconds(i64::from(self.between(least * 60, most * 60)))
    }

    /// An id (UUID v7) that was made then.
    pub fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// Places chosen by weight.
pub struct Weighted {
    /// For each place, the weights up to and including its own.
    sums: Vec<u32>,
}

impl Weighted {
    /// By these weights, of which one at least must not be 0.
    pub fn by(weights: impl IntoIterator<Item = u32>) -> Self {
        let sums = weights.into_iter().scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect() }
    }

    /// By Zipf's law: the second half as often as the first, the third a third as often.
    pub fn zipf(places: usize) -> Self {
        Self::by((1..).take(places).map(|rank: u32| 1_000_000 / rank))
    }

    /// A place.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let drawn = dice.below(self.sums.last().copied().unwrap_or(1).max(1));
        self.sums.partition_point(|sum| *sum <= drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_choices() {
        let drawn = |seed| {
            let mut dice = Dice::new(seed);
            (dice.below(1_000_000), dice.id(DateTime::UNIX_EPOCH), dice.minutes(1, 600))
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert_eq!(drawn(1).1.get_version_num(), 7);
    }

    #[test]
    fn what_weighs_more_is_drawn_more_often() {
        let (mut dice, weights) = (Dice::new(1), Weighted::by([1, 0, 3]));
        let mut drawn = [0; 3];
        for _ in 0..4000 {
            drawn[weights.draw(&mut dice)] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((2800..3200).contains(&drawn[2]), "{drawn:?}");
    }
}
