//! Which articles royalties are asked for: by the day on which they first became public, as the province counts days.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::{
    calendar::zone,
    http::{FieldError, text},
};

/// From the beginning of one day to the end of another; open where one is left out.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// From then on.
    pub begins: Option<DateTime<Utc>>,
    /// Until before then.
    pub ends: Option<DateTime<Utc>>,
}

impl Period {
    /// Of these days, both included.
    ///
    /// # Errors
    /// Where the first lies after the last.
    pub fn of(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self, FieldError> {
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(FieldError::new("/from", "after_to", text("from-after-to")));
        }
        // The last day that there is has no next one, and needs none.
        let after = to.and_then(|to| to.checked_add_days(Days::new(1)));
        Ok(Self { begins: from.and_then(begin), ends: after.and_then(begin) })
    }
}

/// When a day begins. The zone has one offset, so each day has one beginning.
fn begin(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_local_timezone(zone()).single().map(|begin| begin.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_vietnam() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day);
        let period = Period::of(day(1), day(30)).expect("a period");
        let told = [period.begins, period.ends].map(|at| at.expect("a moment").to_rfc3339());
        assert_eq!(told, ["2026-10-31T17:00:00+00:00", "2026-11-30T17:00:00+00:00"]);
        assert!(Period::of(day(2), day(1)).is_err());
        assert!(Period::of(None, None).is_ok_and(|all| all.begins.is_none() && all.ends.is_none()));
    }
}
