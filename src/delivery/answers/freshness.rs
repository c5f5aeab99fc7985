//! Whether what a cache holds is what the database would answer now.
//!
//! The database numbers the states of what is public, tells what each has changed (`publication_changes`), and knows when
//! the clock will change what next. [`super::watch`] asks it; what was learnt is an edition here. An answer is right
//! until an edition changes something that it depends on.

use std::{
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    changes::{Changes, Touched},
    questions::Questions,
};
use crate::http::depends::{Depends, Key, Late};

/// An answer older than this says nothing about now.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// The state of the publication that something was made from, and the last one in which it is known to be right.
#[derive(Debug)]
pub struct Edition {
    right_in: AtomicU64,
    /// When the making began.
    pub begun: Instant,
}

impl Clone for Edition {
    fn clone(&self) -> Self {
        Self { right_in: AtomicU64::new(self.right_in.load(Ordering::Relaxed)), begun: self.begun }
    }
}

/// How what was made from an edition relates to the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is what would be made now.
    Current,
    /// It shows nothing wrong, and may lack something new for a moment more.
    Late,
    /// Something else would be made now.
    Outdated,
    /// The database does not answer, so nobody can tell.
    Unknown,
}

/// What the clock will change next.
pub struct Upcoming {
    /// In how long.
    pub after: Duration,
    /// What; none for everything.
    pub keys: Option<Vec<Key>>,
}

/// What is known of the state of the publication.
pub struct Freshness {
    /// What times are counted from.
    epoch: Instant,
    /// One more for each change that was noticed, whether made by somebody or by the clock.
    edition: AtomicU64,
    /// The last edition that somebody who writes here was told of: what it lists may not be late.
    told: AtomicU64,
    changes: RwLock<Changes>,
    /// When the clock will next change what is public, in microseconds after the epoch; [`u64::MAX`] for never.
    next_change: AtomicU64,
    /// What that will be.
    upcoming: RwLock<Option<Upcoming>>,
    /// When the database was last asked and answered, in microseconds after the epoch.
    confirmed: AtomicU64,
    /// Whether it answered the last time.
    reachable: AtomicBool,
    /// Whether nobody wants to know any more.
    pub(super) over: AtomicBool,
    /// Who waits to be told.
    pub(super) questions: Questions,
    /// Told of each edition.
    news: watch::Sender<()>,
}

impl Freshness {
    /// Of a database that has not been asked yet.
    pub(super) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            edition: AtomicU64::new(0),
            told: AtomicU64::new(0),
            changes: RwLock::default(),
            next_change: AtomicU64::new(u64::MAX),
            upcoming: RwLock::default(),
            confirmed: AtomicU64::new(0),
            reachable: AtomicBool::new(false),
            over: AtomicBool::new(false),
            questions: Questions::default(),
            news: watch::Sender::default(),
        }
    }

    /// Has the database asked, and waits until it has answered. After a commit of one's own, so that who wrote reads
    /// what they wrote. Where the answer does not come, nobody waits for long, and whatever is kept counts as outdated.
    pub fn ask(&self) {
        if !self.questions.ask() {
            self.change(None);
        }
        self.told.fetch_max(self.edition.load(Ordering::Acquire), Ordering::Release);
    }

    /// Ends the watch, before the database is stopped; waits until its connection is closed, but not for long.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        // A busy machine may be longer about it than a writer would wait.
        let _ = (0..10).any(|_| self.questions.ask());
    }

    /// Hears of each edition.
    pub fn editions(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// The edition that is being read from now on, or a later one.
    pub fn edition(&self) -> Edition {
        let begun = Instant::now();
        Edition { right_in: AtomicU64::new(self.edition.load(Ordering::Acquire)), begun }
    }

    /// How what was made from an edition, and depends on this, relates to the present.
    pub fn validity(&self, edition: &Edition, depends: &Depends) -> Validity {
        let now = Instant::now();
        if self.until_change(now).is_zero() {
            self.come_to_pass();
        }
        let touched = self.touched(edition, depends);
        if !self.reachable.load(Ordering::Relaxed) || self.silent_for(now) > TRUSTED_FOR {
            return Validity::Unknown;
        }
        match (touched, depends) {
            (None, _) => Validity::Current,
            (Some(Touched::Listed(since)), Depends::On { late, .. })
                if now.saturating_duration_since(since) < late.limit() && self.may_be_late(edition, *late) =>
            {
                Validity::Late
            }
            _ => Validity::Outdated,
        }
    }

    /// Whether this edition was the present one less than so long ago, as far as anybody knows.
    pub fn was_right_within(&self, time: Duration, edition: &Edition, depends: &Depends) -> bool {
        let now = Instant::now();
        if self.touched(edition, depends).is_none() {
            return self.silent_for(now) < time;
        }
        let changes = self.changes.read().unwrap_or_else(PoisonError::into_inner);
        let right_until = changes.right_until(edition.right_in.load(Ordering::Relaxed));
        right_until.is_some_and(|until| now.saturating_duration_since(until) < time)
    }

    /// What has happened to an answer since it was right. Where nothing has, it is right now, and that is noted.
    fn touched(&self, edition: &Edition, depends: &Depends) -> Option<Touched> {
        let present = self.edition.load(Ordering::Acquire);
        let right_in = edition.right_in.load(Ordering::Relaxed);
        if right_in >= present {
            return None;
        }
        let touched = self.changes.read().unwrap_or_else(PoisonError::into_inner).since(right_in, depends);
        if touched.is_none() {
            // Of what came meanwhile nothing is said: it is looked at the next time.
            edition.right_in.fetch_max(present, Ordering::Relaxed);
        }
        touched
    }

    /// Whether nobody has been told of a change that this edition has not. Numbers are not waited for by anybody.
    fn may_be_late(&self, edition: &Edition, late: Late) -> bool {
        late == Late::Counts || edition.right_in.load(Ordering::Relaxed) >= self.told.load(Ordering::Acquire)
    }

    /// Something has changed here and not in the database.
    pub fn tell(&self, key: Key) {
        self.change(Some(vec![key]));
    }

    /// Notes a new edition. None for what changed is everything.
    pub(super) fn change(&self, keys: Option<Vec<Key>>) {
        let mut changes = self.changes.write().unwrap_or_else(PoisonError::into_inner);
        // The one before was right when the database last said so, not until now: nothing may have been heard for long.
        let before_until = self.epoch + Duration::from_micros(self.confirmed.load(Ordering::Relaxed));
        let edition = self.edition.load(Ordering::Relaxed) + 1;
        changes.note(edition, keys, before_until);
        self.edition.store(edition, Ordering::Release);
        self.news.send_replace(());
    }

    /// The clock has come to the moment that was told: what changes then has changed, whoever notices first.
    pub(super) fn come_to_pass(&self) {
        let mut upcoming = self.upcoming.write().unwrap_or_else(PoisonError::into_inner);
        if !self.until_change(Instant::now()).is_zero() {
            return;
        }
        let keys = upcoming.take().map(|upcoming| upcoming.keys);
        self.change(keys.flatten());
        self.next_change.store(u64::MAX, Ordering::Release);
        drop(upcoming);
        self.questions.hurry();
    }

    /// Takes over what the database answered when it was asked at this moment.
    pub(super) fn learn(&self, asked: Instant, changed: Option<Option<Vec<Key>>>, next: Option<Upcoming>) {
        // First this: of two moments the first is not forgotten before what it changed is known.
        if let Some(keys) = changed {
            self.change(keys);
        }
        let mut upcoming = self.upcoming.write().unwrap_or_else(PoisonError::into_inner);
        // Counted from before the question was sent: rather early than late.
        let at = next.as_ref().map_or(u64::MAX, |next| self.since_epoch(asked + next.after));
        self.next_change.store(at, Ordering::Release);
        *upcoming = next;
        drop(upcoming);
        self.confirmed.store(self.since_epoch(asked), Ordering::Relaxed);
    }

    /// Says whether the database answers.
    pub(super) fn reach(&self, reachable: bool) {
        if self.reachable.swap(reachable, Ordering::Relaxed) != reachable {
            tracing::info!(reachable, "the watch over publications");
        }
    }

    pub(super) fn is_reachable(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
    }

    /// How long the database has told nothing.
    pub(super) fn silent_for(&self, now: Instant) -> Duration {
        let confirmed = self.epoch + Duration::from_micros(self.confirmed.load(Ordering::Relaxed));
        now.saturating_duration_since(confirmed)
    }

    /// How long until the clock changes what is public.
    pub(super) fn until_change(&self, now: Instant) -> Duration {
        match self.next_change.load(Ordering::Acquire) {
            u64::MAX => Duration::MAX,
            micros => (self.epoch + Duration::from_micros(micros)).saturating_duration_since(now),
        }
    }

    fn since_epoch(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.epoch).as_micros()).unwrap_or(u64::MAX)
    }
}
