//! Looking after the server: one that ends without being told to is started again, at the same address.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use tracing::{error, info, warn};

use super::{Embedded, EmbeddedError, postmaster, postmaster::Identity};

/// How often to look whether the server lives.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often its log is cut where it has grown too long.
const TRIM_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often a start is tried.
const TRIES: u32 = 3;

/// How long to rest between two tries.
const REST: Duration = Duration::from_millis(500);

/// A server that ends so soon has not been started well.
const SETTLED: Duration = Duration::from_secs(5);

/// A server that is looked after.
pub struct Keeper {
    stop: Sender<()>,
    thread: JoinHandle<Result<(), EmbeddedError>>,
}

impl Keeper {
    /// Shuts the server down and waits until it is gone.
    ///
    /// # Errors
    /// Those of [`Embedded::stop`].
    pub fn stop(self) -> Result<(), EmbeddedError> {
        // A keeper that has given up hears of nothing.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or(Err(EmbeddedError::Keeper))
    }
}

impl Embedded {
    /// Looks after the server from a thread of its own. Where it cannot be started again, `given_up` hears why.
    ///
    /// # Errors
    /// Where no thread can be started; the server then runs on by itself.
    pub fn keep(mut self, given_up: impl FnOnce(EmbeddedError) + Send + 'static) -> io::Result<Keeper> {
        let (stop, told) = channel();
        let work = move || {
            let (mut started, mut trimmed, mut failures) = (Instant::now(), Instant::now(), 0);
            loop {
                match told.recv_timeout(LOOK_EVERY) {
                    Ok(()) => return self.stop(),
                    // Whoever held the keeper is gone without a word: the server stays, and is adopted by the next start.
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                    Err(RecvTimeoutError::Timeout) => {}
                }
                if trimmed.elapsed() > TRIM_EVERY {
                    trimmed = Instant::now();
                    self.trim_log().unwrap_or_else(|error| warn!(%error, "the log of PostgreSQL is not trimmed"));
                }
                let Some(end) = self.ended() else { continue };
                failures = if started.elapsed() < SETTLED { failures + 1 } else { 0 };
                error!(pid = self.pid, end, "PostgreSQL has ended; starting it again");
                let begun = Instant::now();
                if let Err(error) = self.start_again(failures) {
                    given_up(error);
                    return Ok(());
                }
                started = Instant::now();
                info!(pid = self.pid, milliseconds = begun.elapsed().as_millis(), "PostgreSQL runs again");
            }
        };
        let thread = thread::Builder::new().name("postgres-keeper".to_owned()).spawn(work)?;
        Ok(Keeper { stop, thread })
    }

    /// How the server ended, if it did.
    fn ended(&mut self) -> Option<String> {
        match &mut self.child {
            Some(child) => child.try_wait().ok().flatten().map(|status| status.to_string()),
            None => (postmaster::identify(self.pid, &self.layout.cluster()) == Identity::Other)
                .then(|| "its process is gone".to_owned()),
        }
    }

    /// Starts the server again, at the same address. What has failed already counts among the tries.
    fn start_again(&mut self, failed: u32) -> Result<(), EmbeddedError> {
        let mut last = None;
        for _ in failed..TRIES {
            if last.is_some() {
                sleep(REST);
            }
            match super::bring_up(&self.layout, &self.settings, Some(&self.address)) {
                Ok(up) => {
                    (self.pid, self.child) = (up.pid, up.child);
                    return Ok(());
                }
                Err(error) => {
                    error!(%error, "PostgreSQL does not start");
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| EmbeddedError::Died {
            reason: "it ends again and again".to_owned(),
            log: self.layout.log_tail(0),
        }))
    }
}
