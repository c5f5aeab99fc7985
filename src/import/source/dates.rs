//! Dates as the interfaces and tables write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::import::item::Value;

/// A date that says whose clock it is of, or that does not.
pub fn iso(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(ticks) = text.strip_prefix("/Date(").or_else(|| text.strip_prefix("\\/Date(")) {
        // An offset behind it says how the date was shown, and not which moment it was.
        let digits = ticks.char_indices().take_while(|(at, c)| c.is_ascii_digit() || (*at == 0 && *c == '-')).count();
        return DateTime::from_timestamp_millis(ticks[..digits].parse().ok()?).map(Value::Moment);
    }
    if !text.as_bytes().get(..5).is_some_and(|start| start[..4].iter().all(u8::is_ascii_digit) && start[4] == b'-') {
        return None;
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(Value::Moment(moment.to_utc()));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let clock = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    clock.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN))).map(Value::Local)
}

/// A moment in UTC, also where the text does not say so.
pub fn utc(text: &str) -> Option<DateTime<Utc>> {
    match iso(text)? {
        Value::Moment(moment) => Some(moment),
        Value::Local(clock) => Some(clock.and_utc()),
        _ => None,
    }
}

/// A date in this format, with or without a time.
pub fn formatted(text: &str, format: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let clock = |format: &str| NaiveDateTime::parse_from_str(text, format).ok();
    let day = |format: &str| Some(NaiveDate::parse_from_str(text, format).ok()?.and_time(NaiveTime::MIN));
    // Midnight is often left out, so are seconds, and so are times in the format.
    clock(format)
        .or_else(|| day(format))
        .or_else(|| clock(&format!("{format}:%S")))
        .or_else(|| clock(&format!("{format} %H:%M")))
        .or_else(|| clock(&format!("{format} %H:%M:%S")))
        .or_else(|| day(format.split(' ').next().unwrap_or(format)))
        .filter(|at| (1900..2200).contains(&chrono::Datelike::year(at)))
}

/// Formats that tables are written in, those with the day in front before those with the month.
pub const FORMATS: &[&str] = &[
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %I:%M %p",
    "%d-%m-%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%H:%M %d/%m/%Y",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
];

/// Whether the days of some month can be taken for months.
pub fn is_ambiguous(one: &str, other: &str) -> bool {
    let order = |format: &str| format.find("%d") < format.find("%m");
    order(one) != order(other)
}
