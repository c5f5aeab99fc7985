//! Days as the province has them: those of Asia/Ho_Chi_Minh, which has had one offset since 1975.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// The time zone.
#[expect(clippy::expect_used, reason = "seven hours are an offset")]
pub fn zone() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).expect("an offset")
}

/// The moment by local clocks.
pub fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&zone())
}

/// The day of the moment.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    local(at).date_naive()
}
