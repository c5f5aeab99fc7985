//! Who reads, as the log keeps it: a keyed digest of article and visitor that says nothing else. The key is another
//! each day of Asia/Ho_Chi_Minh, so that a visitor of last week is not recognised.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use uuid::Uuid;

use super::tally::VISIT;
use crate::{
    access::keys::Keys,
    calendar::{day, local},
    http::client,
    keyed,
};

/// How far the clock of a replica, as it is known between two batches, may be from that of the database.
const LEEWAY: TimeDelta = TimeDelta::minutes(5);

/// The clock of the database, as far as it was seen: the difference to our own, in microseconds.
#[derive(Default)]
pub(super) struct DatabaseClock(AtomicI64);

impl DatabaseClock {
    /// About what time it is.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::microseconds(self.0.load(Ordering::Relaxed))
    }

    /// The database said that it is `now`.
    pub fn saw(&self, now: DateTime<Utc>) {
        self.0.store((now - Utc::now()).num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }
}

/// A reader of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    /// The digest.
    pub digest: i64,
    /// The digest under the key of the day before, while a visit of that day may still go on.
    pub earlier: Option<i64>,
}

/// Makes the digests.
pub(super) struct Digests {
    keys: Arc<Keys>,
    of_the_day: Mutex<DayKeys>,
}

/// A day's key and that of the day before.
#[derive(Clone, Copy)]
struct DayKeys {
    day: NaiveDate,
    key: [u8; 32],
    earlier: [u8; 32],
}

impl DayKeys {
    fn of(keys: &Keys, day: NaiveDate) -> Self {
        let key = |day: NaiveDate| keys.derive(&format!("visitors/{day}"));
        Self { day, key: key(day), earlier: key(day - TimeDelta::days(1)) }
    }
}

impl Digests {
    pub fn new(keys: Arc<Keys>) -> Self {
        let of_the_day = Mutex::new(DayKeys::of(&keys, day(Utc::now())));
        Self { keys, of_the_day }
    }

    /// The visitor whom `parts` tell from others, reading the article at this time.
    pub fn visitor(&self, now: DateTime<Utc>, article: Uuid, parts: &[&str]) -> Visitor {
        let keys = self.keys_of(day(now));
        let digest = |key: &[u8; 32]| {
            // Each part behind its length: no two lists of parts run together to the same bytes.
            let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
            let mut bytes: Vec<&[u8]> = vec![article.as_bytes()];
            bytes.extend(parts.iter().zip(&lengths).flat_map(|(part, length)| [&length[..], part.as_bytes()]));
            let digest = keyed::digest(key, &bytes);
            i64::from_be_bytes(std::array::from_fn(|byte| digest[byte]))
        };
        let since_midnight = local(now).time() - NaiveTime::MIN;
        let earlier = (since_midnight < VISIT + LEEWAY).then(|| digest(&keys.earlier));
        Visitor { digest: digest(&keys.key), earlier }
    }

    /// The block of addresses that this one is in, reading the article at this time. A digest so short may be that of
    /// two blocks: then they share what one may count.
    pub fn block(&self, now: DateTime<Utc>, article: Uuid, address: IpAddr) -> i32 {
        let keys = self.keys_of(day(now));
        let digest = keyed::digest(&keys.key, &[article.as_bytes(), b"block", &block(address)]);
        i32::from_be_bytes(std::array::from_fn(|byte| digest[byte]))
    }

    fn keys_of(&self, day: NaiveDate) -> DayKeys {
        let mut keys = self.of_the_day.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.day != day {
            *keys = DayKeys::of(&self.keys, day);
        }
        *keys
    }
}

/// What tells a customer of a network from others: 24 bits of an IPv4 address, 48 of an IPv6 address, of which anybody
/// has as many as they like.
fn block(address: IpAddr) -> Vec<u8> {
    client::network(address, 3, 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_block() {
        let digests = digests();
        let of = |address: &str| digests.block(at("24T12:00:00"), Uuid::nil(), address.parse().expect("an address"));
        assert_eq!(of("198.51.100.7"), of("198.51.100.254"));
        assert_eq!(of("198.51.100.7"), of("::ffff:198.51.100.7"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:ffff::1"));
        assert!(of("198.51.100.7") != of("198.51.101.7") && of("2001:db8:1::") != of("2001:db8:2::"));
        let other = digests.block(at("24T12:00:00"), Uuid::from_u128(1), "198.51.100.7".parse().expect("an address"));
        assert_ne!(of("198.51.100.7"), other);
    }

    fn digests() -> Digests {
        let folder = tempfile::tempdir().expect("a folder");
        Digests::new(Arc::new(Keys::load_or_create(&folder.path().join("key.pem")).expect("a key")))
    }

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-{time}+07:00").parse().expect("a time")
    }

    #[test]
    fn a_visit_over_midnight_is_recognised_and_one_of_another_day_is_not() {
        let digests = digests();
        let seen = |time| digests.visitor(at(time), Uuid::nil(), &["visitor", "một"]);
        let evening = seen("23T23:59:00");
        assert_eq!((evening.earlier, seen("23T08:00:00")), (None, evening));

        let after_midnight = seen("24T00:00:00");
        assert_eq!(after_midnight.earlier, Some(evening.digest));
        assert_eq!(seen("24T00:30:00"), after_midnight);
        assert_eq!(seen("24T00:35:00"), Visitor { earlier: None, ..after_midnight });
        assert!(![evening.digest, after_midnight.digest].contains(&seen("25T12:00:00").digest));
    }

    #[test]
    fn articles_and_parts_are_told_apart() {
        let digests = digests();
        let seen = |article, parts: &[&str]| digests.visitor(at("24T12:00:00"), Uuid::from_u128(article), parts);
        let one = seen(1, &["ab", "c"]);
        assert!(one != seen(2, &["ab", "c"]) && one != seen(1, &["a", "bc"]) && one != seen(1, &["abc"]));
    }
}
