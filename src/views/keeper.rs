//! Writes totals and days once a second, where everyone reads them: added to what is there, up to a mark in the log, by
//! whichever replica comes first.

use std::{sync::Weak, thread, time::Duration};

use super::{shared::Shared, store};
use crate::{db::Newsroom, http::Problem};

/// How often.
const EVERY: Duration = Duration::from_millis(800);

/// Starts the thread. It ends when nobody counts any more.
pub(super) fn start(newsroom: Newsroom, state: Weak<Shared>) -> std::io::Result<()> {
    let work = move || {
        loop {
            thread::sleep(EVERY);
            let Some(state) = state.upgrade() else { return };
            if let Err(problem) = write(&newsroom, &state) {
                tracing::warn!(%problem, "views could not be written to the totals");
            }
        }
    };
    thread::Builder::new().name("views-keeper".to_owned()).spawn(work).map(|_| ())
}

/// Writes what the totals lack, if anything.
fn write(newsroom: &Newsroom, state: &Shared) -> Result<(), Problem> {
    if state.tally().is_written() {
        return Ok(());
    }
    let (mark, totals) = newsroom.transaction_here(|tx| {
        let mark = store::lock_mark(tx.conn)?;
        let sums = state.tally().sums_behind(mark);
        if sums.number <= mark {
            return Ok((mark, Vec::new()));
        }
        Ok((sums.number, store::add(tx.conn, &sums)?))
    })?;
    let mut tally = state.tally();
    tally.load(mark, totals);
    tally.written(mark);
    Ok(())
}
