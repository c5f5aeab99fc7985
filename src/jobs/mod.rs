//! What runs by itself: work that comes round, each with its name and its turn. The list is in [`upkeep`].
//!
//! Every replica runs all of it, so a job has to bear being done twice at once. One that fails is tried again soon, then
//! later and later, up to its turn; one that panics has failed.

pub mod upkeep;

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::rt;
use tokio::{task::JoinHandle, time::Instant};

use crate::http::Problem;

/// How soon a job is tried again that has failed once. The time doubles with each further failure.
const RETRY: Duration = Duration::from_secs(5);

type Turn = Pin<Box<dyn Future<Output = Result<usize, Problem>>>>;

/// Work that comes round.
pub struct Job {
    name: &'static str,
    every: Duration,
    at_once: bool,
    retry: Duration,
    work: Box<dyn Fn() -> Turn>,
}

impl Job {
    /// A job whose turn comes at once, and then after each `every`. The work says how many things it has done.
    pub fn new<F>(name: &'static str, every: Duration, work: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<usize, Problem>> + 'static,
    {
        Self { name, every, at_once: true, retry: RETRY, work: Box::new(move || Box::pin(work())) }
    }

    /// The same, but not at once: a service that keeps failing has other things to do.
    #[must_use]
    pub fn not_at_once(self) -> Self {
        Self { at_once: false, ..self }
    }

    async fn run(self, record: Arc<Mutex<JobRecord>>) {
        if !self.at_once {
            tokio::time::sleep(self.every).await;
        }
        loop {
            let began = Instant::now();
            // In a task of its own, which a panic ends alone.
            let outcome = rt::spawn((self.work)()).await.map_err(Problem::internal).flatten();
            match &outcome {
                Ok(done) => tracing::debug!(job = self.name, done, "a job is done"),
                Err(problem) => tracing::warn!(job = self.name, %problem, "a job has failed"),
            }
            let failing = {
                let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                record.add(&outcome, began.elapsed());
                record.failing
            };
            let rest = match failing {
                0 => self.every,
                times => self.every.min(self.retry.saturating_mul(1 << (times - 1).min(16))),
            };
            tokio::time::sleep_until(began + rest).await;
        }
    }
}

/// How a job has done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobRecord {
    /// How often it had its turn.
    pub turns: u64,
    /// How many things it has done, all turns together.
    pub done: u64,
    /// How often it failed.
    pub failures: u64,
    /// How often in a row it has failed by now.
    pub failing: u32,
    /// How long the last turn took.
    pub took: Duration,
}

impl JobRecord {
    fn add(&mut self, outcome: &Result<usize, Problem>, took: Duration) {
        self.turns += 1;
        self.took = took;
        match outcome {
            Ok(done) => {
                self.done += *done as u64;
                self.failing = 0;
            }
            Err(_) => {
                self.failures += 1;
                self.failing += 1;
            }
        }
    }
}

/// Jobs that are running.
pub struct Jobs(Vec<Running>);

struct Running {
    name: &'static str,
    record: Arc<Mutex<JobRecord>>,
    task: JoinHandle<()>,
}

impl Jobs {
    /// Starts these on the runtime of the thread that calls this.
    pub fn start(jobs: Vec<Job>) -> Self {
        let running = jobs.into_iter().map(|job| {
            let (name, record) = (job.name, Arc::default());
            let task = rt::spawn(job.run(Arc::clone(&record)));
            Running { name, record, task }
        });
        Self(running.collect())
    }

    /// How each has done so far, by name.
    pub fn records(&self) -> Vec<(&'static str, JobRecord)> {
        let record = |running: &Running| *running.record.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.iter().map(|running| (running.name, record(running))).collect()
    }

    /// Stops them all, and lets go of what they hold. A turn that is under way in the database goes on to its end there.
    pub async fn stop(self) {
        for Running { task, .. } in &self.0 {
            task.abort();
        }
        for Running { task, .. } in self.0 {
            // Cancelled, which is what was asked for.
            let _ = task.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const TURN: Duration = Duration::from_millis(20);

    /// A job that counts its turns and does in each what it is told.
    fn counting(outcome: fn(u32) -> Result<usize, Problem>) -> (Job, Arc<AtomicU32>) {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let work = move || {
            let turn = counted.fetch_add(1, Ordering::Relaxed);
            async move { outcome(turn) }
        };
        (Job::new("counting", TURN, work), count)
    }

    async fn until(is_so: impl Fn() -> bool) {
        for _ in 0..500 {
            if is_so() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came about");
    }

    #[actix_web::test]
    async fn a_job_comes_round_until_it_is_stopped() {
        let (job, count) = counting(|_| Ok(2));
        let jobs = Jobs::start(vec![job]);
        until(|| count.load(Ordering::Relaxed) >= 3).await;
        let (name, record) = jobs.records()[0];
        assert_eq!((name, record.failures), ("counting", 0));
        assert_eq!(record.done, record.turns * 2);

        jobs.stop().await;

        let stopped = count.load(Ordering::Relaxed);
        tokio::time::sleep(TURN * 3).await;
        assert_eq!(count.load(Ordering::Relaxed), stopped);
    }

    #[actix_web::test]
    async fn one_that_fails_or_panics_is_tried_again_before_its_turn() {
        let (job, count) = counting(|turn| match turn {
            0 => Err(Problem::unavailable("the database is away")),
            1 => panic!("a defect"),
            _ => Ok(1),
        });
        let job = Job { every: Duration::from_secs(3600), retry: Duration::from_millis(1), ..job };
        let jobs = Jobs::start(vec![job]);

        until(|| count.load(Ordering::Relaxed) == 3 && jobs.records()[0].1.turns == 3).await;

        let record = jobs.records()[0].1;
        assert_eq!((record.failures, record.failing, record.done), (2, 0, 1));
    }

    #[actix_web::test]
    async fn one_that_is_in_no_hurry_waits_for_its_turn() {
        let (job, count) = counting(|_| Ok(0));
        let job = Job { every: Duration::from_secs(3600), ..job }.not_at_once();
        let _jobs = Jobs::start(vec![job]);
        tokio::time::sleep(TURN).await;
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}
