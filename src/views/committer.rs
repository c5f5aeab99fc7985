//! The one thread of a process that appends views to the log: whatever has arrived goes into one transaction, and what
//! arrives meanwhile into the next. So the fewer commits the disk allows, the larger they are.

use std::{
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use diesel::QueryResult;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    mailbox::{Decisions, Refusal},
    shared::{Shared, View},
    store::{Log, NewBatch},
    tally::{Batch, MAX_UNWRITTEN, Outcome, Tally},
};

/// How many views go into one transaction at most: a row that fits a page of the database.
const MAX_BATCH: usize = 250;

/// How often the log is looked at: how long other replicas' views may stay unknown.
const TICK: Duration = Duration::from_millis(500);

/// How long to wait before the next try to connect.
const RETRY: Duration = Duration::from_millis(100);

/// A visit that ends within this time may be over by the clock that counts: the log decides.
const NEARLY: TimeDelta = TimeDelta::seconds(5);

/// How often the queue is looked at again, with a yield between, before a batch is closed.
const YIELDS: usize = 3;

/// Starts the thread. It ends when nobody can send views any more.
pub(super) fn start(
    url: SecretString,
    views: Receiver<View>,
    state: Arc<Shared>,
    per_block: Option<i32>,
) -> std::io::Result<JoinHandle<()>> {
    let mut committer = Committer { views, state, per_block, pending: None };
    thread::Builder::new().name("views-committer".to_owned()).spawn(move || committer.run(&url))
}

struct Committer {
    views: Receiver<View>,
    state: Arc<Shared>,
    /// How many visitors of a block of addresses count for an article in half an hour.
    per_block: Option<i32>,
    /// A batch whose fate is unknown. It keeps its id until the log is seen to hold it or to be without it.
    pending: Option<Pending>,
}

struct Pending {
    batch: NewBatch,
    views: Vec<View>,
}

/// What the queue held.
enum Gathered {
    Views(Vec<View>),
    Nothing,
    /// Nobody counts any more.
    Closed,
}

impl Committer {
    fn run(&mut self, url: &SecretString) {
        let mut complained = false;
        loop {
            match Log::open(url) {
                Ok(mut log) => {
                    complained = false;
                    match self.work(&mut log) {
                        Ok(()) => return,
                        Err(error) => tracing::warn!(%error, "the connection that counts views was lost"),
                    }
                }
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!(%error, "no connection to count views");
                }
                Err(_) => {}
            }
            if self.refuse_for_a_while() {
                return;
            }
        }
    }

    /// Without a connection views are refused at once. Answers whether nobody counts any more.
    fn refuse_for_a_while(&self) -> bool {
        let until = Instant::now() + RETRY;
        loop {
            match self.views.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(view) => drop(view),
                Err(RecvTimeoutError::Timeout) => return self.state.over.load(Ordering::Acquire),
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }

    /// Counts over this connection until it breaks, or until nobody counts any more.
    fn work(&mut self, log: &mut Log) -> QueryResult<()> {
        // Half an hour of the log, folded anew: simpler than to judge what was missed, and a database that is back
        // may have lost what nobody was told of.
        let (known, mark) = log.beginning()?;
        *self.state.tally() = Tally::new(known, mark);
        loop {
            self.catch_up(log)?;
            if let Some(pending) = self.pending.take() {
                self.append(log, pending)?;
            }
            // Looked at now and then however busy: visitors who are all known append nothing.
            let caught_up = Instant::now();
            while caught_up.elapsed() < TICK {
                match self.gather() {
                    Gathered::Views(views) => self.count(log, views)?,
                    Gathered::Nothing => {}
                    Gathered::Closed => return Ok(()),
                }
            }
        }
    }

    /// Folds what other replicas appended.
    fn catch_up(&mut self, log: &mut Log) -> QueryResult<()> {
        self.state.clock.saw(log.clock()?);
        if let Some(pending) = &self.pending {
            self.load_totals(log, &pending.views)?;
        }
        loop {
            let known = self.state.tally().known;
            let batches = log.behind(known)?;
            if batches.is_empty() {
                return Ok(());
            }
            self.fold(&batches);
        }
    }

    /// Folds batches, and answers those who wait for one of them.
    fn fold(&mut self, batches: &[Batch]) {
        let mut decisions = Decisions::default();
        for batch in batches {
            let outcomes = self.state.tally().fold(batch);
            if let Some(pending) = self.pending.take_if(|pending| pending.batch.id == batch.id) {
                for (view, outcome) in pending.views.into_iter().zip(outcomes) {
                    decisions.add(view.place, Ok(outcome));
                }
            }
        }
    }

    /// What has arrived, once something has.
    fn gather(&self) -> Gathered {
        let mut views = match self.views.recv_timeout(TICK) {
            Ok(view) => vec![view],
            Err(RecvTimeoutError::Timeout) if self.state.over.load(Ordering::Acquire) => return Gathered::Closed,
            Err(RecvTimeoutError::Timeout) => return Gathered::Nothing,
            Err(RecvTimeoutError::Disconnected) => return Gathered::Closed,
        };
        // Those who were answered together come back together: a moment's patience makes a commit of many.
        for _ in 0..YIELDS {
            thread::yield_now();
            views.extend(self.views.try_iter().take(MAX_BATCH - views.len()));
        }
        views.retain(|view| view.place.is_taken());
        Gathered::Views(views)
    }

    fn count(&mut self, log: &mut Log, views: Vec<View>) -> QueryResult<()> {
        if self.state.tally().unwritten() > MAX_UNWRITTEN {
            tracing::error!("views cannot be written to the totals, and no more are counted");
            return Ok(());
        }
        if let Err(error) = self.load_totals(log, &views) {
            return refuse(log, views, error);
        }
        let mut new = Vec::with_capacity(views.len());
        let still_visiting = self.state.clock.now() + NEARLY;
        {
            let mut decisions = Decisions::default();
            let tally = self.state.tally();
            for view in views {
                let digests = std::iter::once(view.visitor.digest).chain(view.visitor.earlier);
                let is_full = |bound| tally.is_full(view.block, bound, still_visiting);
                // What would not count is not written either: a siege costs the log nothing.
                if tally.knows(digests, still_visiting) || self.per_block.is_some_and(is_full) {
                    let views = tally.views(view.article).unwrap_or(0);
                    decisions.add(view.place, Ok(Outcome { views, counted: false }));
                } else {
                    new.push(view);
                }
            }
        }
        if new.is_empty() { Ok(()) } else { self.append(log, Pending::of(new, self.per_block)) }
    }

    /// Reads the totals that are not known yet.
    fn load_totals(&self, log: &mut Log, views: &[View]) -> QueryResult<()> {
        loop {
            let unknown = self.state.tally().without_total(views.iter().map(|view| view.article));
            if unknown.is_empty() {
                return Ok(());
            }
            let (mark, totals) = log.totals(&unknown)?;
            // Those that nobody has read yet have no row.
            let rows = unknown.iter().map(|article| (*article, 0)).chain(totals);
            self.state.tally().load(mark, rows);
        }
    }

    fn append(&mut self, log: &mut Log, pending: Pending) -> QueryResult<()> {
        let (seen, sent) = (self.state.tally().known, Utc::now());
        let id = pending.batch.id;
        let appended = log.append(&pending.batch, seen);
        self.pending = Some(pending);
        match appended {
            Ok(batches) => {
                if let Some(own) = batches.iter().find(|batch| batch.id == id) {
                    self.state.clock.saw(own.counted_at + (Utc::now() - sent));
                }
                self.fold(&batches);
                Ok(())
            }
            // A connection that lives says that the transaction was undone; else nobody knows.
            Err(error) => match self.pending.take() {
                Some(pending) if log.is_alive() => refuse(log, pending.views, error),
                pending => {
                    self.pending = pending;
                    Err(error)
                }
            },
        }
    }
}

impl Pending {
    fn of(views: Vec<View>, per_block: Option<i32>) -> Self {
        let by_night = views.iter().any(|view| view.visitor.earlier.is_some());
        let earlier = |view: &View| view.visitor.earlier.unwrap_or(view.visitor.digest);
        let batch = NewBatch {
            id: Uuid::new_v4(),
            articles: views.iter().map(|view| view.article).collect(),
            visitors: views.iter().map(|view| view.visitor.digest).collect(),
            earlier: by_night.then(|| views.iter().map(earlier).collect()),
            blocks: per_block.map(|_| views.iter().map(|view| view.block).collect()),
            per_block,
        };
        Self { batch, views }
    }
}

/// Tells those who wait that their views were not counted. An error where the connection is of no more use.
fn refuse(log: &mut Log, views: Vec<View>, error: diesel::result::Error) -> QueryResult<()> {
    let full = match &error {
        diesel::result::Error::DatabaseError(_, info) => info.message().contains("No space left on device"),
        _ => false,
    };
    tracing::warn!(%error, views = views.len(), "views were not counted");
    let mut decisions = Decisions::default();
    for view in views {
        decisions.add(view.place, Err(if full { Refusal::StorageFull } else { Refusal::Unavailable }));
    }
    if log.is_alive() { Ok(()) } else { Err(error) }
}
