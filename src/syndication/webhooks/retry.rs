//! When what failed is tried again.

use std::time::Duration;

use chrono::TimeDelta;

/// For how long something is tried, and how long a receiver may fail before it is paused.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// The longest rest between two tries, whatever the receiver asks for.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);

/// How long to wait after so many tries have failed: 1, 2, 4 seconds and so on, up to an hour, and longer by up to a tenth, by
/// `chance` of 0 to 1: what failed together need not come together again. Not before the receiver `asked` for, if that is within
/// the hour.
pub fn delay(failed: i32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = u32::try_from(failed - 1).unwrap_or_default().min(12);
    let own = Duration::from_secs(1 << doublings).min(LONGEST).mul_f64(1.0 + chance.clamp(0.0, 1.0) / 10.0);
    own.max(asked.unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_an_hour_and_are_a_little_longer_by_chance() {
        let seconds = |failed| delay(failed, None, 0.0).as_secs();
        assert_eq!([1, 2, 3, 4, 12, 13, 14, 1_000].map(seconds), [1, 2, 4, 8, 2_048, 3_600, 3_600, 3_600]);
        assert_eq!(delay(1, None, 1.0), Duration::from_millis(1_100));
        assert_eq!(delay(4, None, 0.5), Duration::from_millis(8_400));
    }

    #[test]
    fn a_receiver_may_ask_for_more_but_not_for_more_than_an_hour() {
        let asked = |seconds| delay(3, Some(Duration::from_secs(seconds)), 0.0).as_secs();
        assert_eq!([0, 4, 90, 86_400].map(asked), [4, 4, 90, 3_600]);
    }

    #[test]
    fn a_day_holds_some_three_dozen_tries() {
        let (mut at, mut tries) = (Duration::ZERO, 0);
        while at.as_secs() < PATIENCE.num_seconds().unsigned_abs() {
            tries += 1;
            at += delay(tries, None, 0.5);
        }
        assert!((30..=40).contains(&tries), "{tries}");
    }
}
