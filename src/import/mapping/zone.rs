//! Clocks on walls: the zone that a site's dates are of.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A time zone, by its name in the IANA database, or by an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// "Asia/Ho_Chi_Minh".
    Named(Tz),
    /// "+07:00".
    Offset(FixedOffset),
}

impl Default for Zone {
    fn default() -> Self {
        Self::Named(Tz::Asia__Ho_Chi_Minh)
    }
}

impl Zone {
    /// The moment at which clocks of this zone show this. Where they show it twice, the first; where they jump over it, what
    /// they would have shown without the jump.
    pub fn moment(self, local: NaiveDateTime) -> DateTime<Utc> {
        let at = |local: NaiveDateTime| match self {
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
            Self::Offset(zone) => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
        };
        let hour = TimeDelta::hours(1);
        at(local).or_else(|| Some(at(local.checked_sub_signed(hour)?)? + hour)).unwrap_or_else(|| local.and_utc())
    }

    /// What clocks of this zone show.
    pub fn clock(self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Named(zone) => at.with_timezone(&zone).naive_local(),
            Self::Offset(zone) => at.with_timezone(&zone).naive_local(),
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if let Ok(zone) = name.parse() {
            return Ok(Self::Named(zone));
        }
        let plain = name.trim().trim_start_matches("UTC").trim_start_matches("GMT");
        let plain = if plain.is_empty() || plain == "Z" { "+00:00" } else { plain };
        plain
            .parse()
            .map(Self::Offset)
            .map_err(|_| format!("“{name}” is no time zone; write it like \"Asia/Ho_Chi_Minh\" or \"+07:00\""))
    }
}
