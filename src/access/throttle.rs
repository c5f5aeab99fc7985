//! Slows down guessing: failed sign-ins are counted by account and by address, in the database, so that all
//! replicas share the count. Nobody is locked out for good, and unknown accounts are counted like known ones.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, upsert::excluded};
use sha2::{Digest, Sha256};

use crate::{
    db::{Tx, schema::sign_in_failures},
    http::Problem,
};

/// How many failures cost nothing, by account and by address: an office shares one address.
const FREE_BY_ACCOUNT: i32 = 5;
const FREE_BY_ADDRESS: i32 = 30;

/// The longest wait between two tries, in seconds.
const LONGEST_WAIT: i64 = 30;

/// After this long without a failure the count starts anew.
const MEMORY: Duration = Duration::minutes(15);

/// A try under way, counted as failed until it succeeds: tries that run side by side cannot slip past the count.
pub struct Attempt {
    account: Vec<u8>,
    address: Vec<u8>,
}

impl Attempt {
    /// Counts a try.
    ///
    /// # Errors
    /// `rate_limited` where it comes too soon after the last failures; such a try is not counted.
    pub fn begin(tx: &mut Tx<'_>, email: &str, address: IpAddr) -> Result<Self, Problem> {
        let attempt = Self { account: key("account", email), address: key("address", &address.to_string()) };
        // In the order of their keys, so that two tries never wait for each other.
        let mut keys = [(&attempt.account, FREE_BY_ACCOUNT), (&attempt.address, FREE_BY_ADDRESS)];
        keys.sort_by_key(|(key, _)| *key);
        for (key, free) in keys {
            count(tx, key, free)?;
        }
        Ok(attempt)
    }

    /// Takes the try back: it succeeded. The account's count starts anew.
    pub fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), Problem> {
        use sign_in_failures as failed;
        diesel::delete(failed::table.find(&self.account)).execute(tx.conn)?;
        diesel::delete(failed::table.find(&self.address).filter(failed::failures.le(1))).execute(tx.conn)?;
        diesel::update(failed::table.find(&self.address))
            .set(failed::failures.eq(failed::failures - 1))
            .execute(tx.conn)?;
        Ok(())
    }
}

fn count(tx: &mut Tx<'_>, key: &[u8], free: i32) -> Result<(), Problem> {
    use sign_in_failures as failed;
    let before: Option<(i32, DateTime<Utc>)> = diesel::OptionalExtension::optional(
        failed::table.find(key).select((failed::failures, failed::last_failed_at)).for_update().first(tx.conn),
    )?;
    let failures = match before {
        // In either direction: after a clock was set back, a failure that lies far ahead locks nobody out until then.
        Some((failures, last)) if (tx.now - last).abs() < MEMORY => {
            let wait = (last + wait_after(failures, free) - tx.now).num_milliseconds();
            if wait > 0 {
                return Err(Problem::rate_limited(u64::try_from(wait).unwrap_or_default().div_ceil(1000)));
            }
            failures + 1
        }
        _ => 1,
    };
    diesel::insert_into(failed::table)
        .values((failed::key.eq(key), failed::failures.eq(failures), failed::last_failed_at.eq(tx.now)))
        .on_conflict(failed::key)
        .do_update()
        .set((
            failed::failures.eq(excluded(failed::failures)),
            failed::last_failed_at.eq(excluded(failed::last_failed_at)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// One second after the free ones, doubling.
fn wait_after(failures: i32, free: i32) -> Duration {
    match failures - free {
        excess if excess < 0 => Duration::zero(),
        excess => Duration::seconds((1_i64 << excess.min(10)).min(LONGEST_WAIT)),
    }
}

/// Forgets what no longer counts.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Problem> {
    Ok(diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_failed_at.lt(tx.now - MEMORY)))
        .execute(tx.conn)?)
}

fn key(kind: &str, value: &str) -> Vec<u8> {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_is_bounded() {
        let waits: Vec<i64> = (3..12).map(|failures| wait_after(failures, 5).num_seconds()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 30, 30]);
    }
}
