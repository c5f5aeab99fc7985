//! Whether what a cache holds is what the database would answer now.
//!
//! The database numbers the states of what is public (`publication_state`) and knows when the clock will next change
//! it. A thread asks for both four times a second, and at once when a publication is announced, when the clock has
//! come to such a moment, and when this process itself has committed. So another replica's publication is seen within
//! a quarter of a second even if its announcement is lost, one's own before the writer hears of it, and what is
//! scheduled at its instant.
//!
//! The question goes to the database that the public side reads, which may be a hot standby: number and content arrive
//! there together.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, Queryable, RunQueryDsl, connection::SimpleConnection,
};
use secrecy::{ExposeSecret, SecretString};

use crate::db::{Delivery, connector::impatient, schema::delivery::state};

/// How often the database is asked though nothing was announced.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How often announcements are looked for. They have then arrived already; looking costs no round trip.
const LISTEN_EVERY: Duration = Duration::from_millis(15);
/// How long who has written waits for the question whether others will see it.
const WRITERS_WAIT: Duration = Duration::from_millis(300);
/// An answer older than this says nothing about now.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// How many of the editions that ended are remembered.
const REMEMBERED: usize = 4096;

/// The state of the publication that something was made from.
#[derive(Clone, Copy, Debug)]
pub struct Edition {
    number: u64,
    /// When the making began.
    pub begun: Instant,
}

/// How an edition relates to the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is the present one.
    Current,
    /// There is a later one.
    Outdated,
    /// The database does not answer, so nobody can tell.
    Unknown,
}

/// Keeps watch over the state of the publication. Cheap to clone; the watch ends with the last clone.
#[derive(Clone)]
pub struct Freshness(Arc<Watch>);

struct Watch {
    /// What times are counted from.
    epoch: Instant,
    /// One more for each change that was noticed, whether made by somebody or by the clock.
    edition: AtomicU64,
    /// When the clock will next change what is public, in microseconds after the epoch; [`u64::MAX`] for never.
    next_change: AtomicU64,
    /// When the database was last asked and answered, in microseconds after the epoch.
    confirmed: AtomicU64,
    /// Whether it answered the last time.
    reachable: AtomicBool,
    /// When the editions before this one ended, oldest first.
    ended: Mutex<VecDeque<(u64, Instant)>>,
    questions: Mutex<Questions>,
    /// Told of each question, and of each answer.
    news: Condvar,
    url: SecretString,
    pool: Delivery,
}

/// Who wants to know. Numbers count from the start.
#[derive(Default)]
struct Questions {
    /// The last that came.
    asked: u64,
    /// The last that was put to the database, with all before it, and answered or not.
    done: u64,
}

/// What the thread that asks has.
#[derive(Default)]
struct Asking {
    connection: Option<PgConnection>,
    /// The last answer.
    known: Option<State>,
}

/// The state of the publication, as the database knows it.
#[derive(Clone, Copy, Queryable)]
struct State {
    generation: i64,
    /// The database's clock.
    at: DateTime<Utc>,
    /// When that clock will next change what is public.
    next_change: Option<DateTime<Utc>>,
}

impl Freshness {
    /// Starts to watch the database that the public side reads: at `url`, and, if no further connection is to be had,
    /// over `pool`.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn watch(url: &SecretString, pool: Delivery) -> std::io::Result<Self> {
        let watch = Arc::new(Watch {
            epoch: Instant::now(),
            edition: AtomicU64::new(0),
            next_change: AtomicU64::new(u64::MAX),
            confirmed: AtomicU64::new(0),
            reachable: AtomicBool::new(false),
            ended: Mutex::default(),
            questions: Mutex::default(),
            news: Condvar::new(),
            url: impatient(url),
            pool,
        });
        let mut asking = Asking::default();
        watch.ask(&mut asking);
        let watched = Arc::downgrade(&watch);
        thread::Builder::new().name("freshness".to_owned()).spawn(move || keep_asking(&watched, asking))?;
        Ok(Self(watch))
    }

    /// Has the database asked, and waits until it has answered. After a commit of one's own, so that who wrote reads
    /// what they wrote. Where the answer does not come, nobody waits for long, and whatever is kept counts as outdated.
    pub fn ask(&self) {
        let watch = &*self.0;
        let mut questions = watch.questions();
        questions.asked += 1;
        let mine = questions.asked;
        watch.news.notify_all();
        let waited = watch.news.wait_timeout_while(questions, WRITERS_WAIT, |questions| questions.done < mine);
        let (_questions, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            watch.end_edition();
        }
    }

    /// The edition that is being read from now on, or a later one.
    pub fn edition(&self) -> Edition {
        let begun = Instant::now();
        Edition { number: self.0.edition.load(Ordering::Acquire), begun }
    }

    /// How an edition relates to the present.
    pub fn validity(&self, edition: &Edition) -> Validity {
        let watch = &*self.0;
        let now = Instant::now();
        if !watch.reachable.load(Ordering::Relaxed) || watch.silent_for(now) > TRUSTED_FOR {
            Validity::Unknown
        } else if edition.number == watch.edition.load(Ordering::Acquire) && watch.until_change(now) > Duration::ZERO {
            Validity::Current
        } else {
            Validity::Outdated
        }
    }

    /// Whether this edition was the present one less than so long ago, as far as anybody knows.
    pub fn was_right_within(&self, time: Duration, edition: &Edition) -> bool {
        let (watch, now) = (&*self.0, Instant::now());
        if edition.number == watch.edition.load(Ordering::Acquire) {
            return watch.silent_for(now) < time;
        }
        let ended = watch.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let end = ended.binary_search_by_key(&edition.number, |(number, _)| *number);
        end.is_ok_and(|place| now.saturating_duration_since(ended[place].1) < time)
    }
}

fn keep_asking(watched: &Weak<Watch>, mut asking: Asking) {
    while let Some(watch) = watched.upgrade() {
        let now = Instant::now();
        let asked = watch.questions().asked;
        if watch.questions().done < asked
            || watch.silent_for(now) >= ASK_EVERY
            || watch.until_change(now) == Duration::ZERO
            || asking.announced()
        {
            watch.ask(&mut asking);
            watch.questions().done = asked;
            watch.news.notify_all();
        }
        let rest = if watch.reachable.load(Ordering::Relaxed) {
            // Not less than a millisecond: two clocks may differ by as much, and the database's is the one that counts.
            watch.until_change(Instant::now()).clamp(Duration::from_millis(1), LISTEN_EVERY)
        } else {
            ASK_EVERY
        };
        // Sleeps, unless somebody wants to know.
        let slept =
            watch.news.wait_timeout_while(watch.questions(), rest, |questions| questions.done == questions.asked);
        drop(slept);
    }
}

impl Asking {
    /// Whether an announcement has arrived.
    fn announced(&mut self) -> bool {
        self.connection.as_mut().is_some_and(|connection| connection.notifications_iter().next().is_some())
    }
}

impl Watch {
    /// How long the database has told nothing.
    fn silent_for(&self, now: Instant) -> Duration {
        let confirmed = self.epoch + Duration::from_micros(self.confirmed.load(Ordering::Relaxed));
        now.saturating_duration_since(confirmed)
    }

    /// How long until the clock changes what is public.
    fn until_change(&self, now: Instant) -> Duration {
        match self.next_change.load(Ordering::Acquire) {
            u64::MAX => Duration::MAX,
            micros => (self.epoch + Duration::from_micros(micros)).saturating_duration_since(now),
        }
    }

    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, asking: &mut Asking) {
        let asked = Instant::now();
        let mut state = asking.connection.as_mut().and_then(|connection| read(connection).ok());
        if state.is_none() {
            // One that was lost is made anew; if the server grants no further connection, an idle one is borrowed.
            asking.connection = self.connect().ok();
            state = match asking.connection.as_mut() {
                Some(connection) => read(connection).ok(),
                None => self.pool.read_if_idle(|connection| read(connection).ok()).flatten(),
            };
        }
        if self.reachable.swap(state.is_some(), Ordering::Relaxed) != state.is_some() {
            tracing::info!(reachable = state.is_some(), "the watch over publications");
        }
        let Some(state) = state else { return };
        let known = asking.known.replace(state);
        let since_epoch = |moment: Duration| u64::try_from(moment.as_micros()).unwrap_or(u64::MAX);
        // Counted from before the question was sent: rather early than late.
        let next_change = state.next_change.map_or(u64::MAX, |change| {
            since_epoch(asked - self.epoch + (change - state.at).to_std().unwrap_or_default())
        });
        self.next_change.store(next_change, Ordering::Release);
        let same = known.is_some_and(|known| {
            known.generation == state.generation && known.next_change.is_none_or(|change| state.at < change)
        });
        if !same {
            self.end_edition();
        }
        self.confirmed.store(since_epoch(asked - self.epoch), Ordering::Relaxed);
    }

    fn end_edition(&self) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() == REMEMBERED {
            ended.pop_front();
        }
        // It was right when the database last said so, not until now: nothing may have been heard for long.
        let last = self.epoch + Duration::from_micros(self.confirmed.load(Ordering::Relaxed));
        ended.push_back((self.edition.fetch_add(1, Ordering::Release), last));
    }

    fn connect(&self) -> Result<PgConnection, ConnectionError> {
        let mut connection = PgConnection::establish(self.url.expose_secret())?;
        connection
            .batch_execute("SET statement_timeout = '1s'; SET application_name = 'tintuc-watch'")
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        // A standby cannot listen; there, asking has to do.
        if let Err(error) = connection.batch_execute("LISTEN tintuc_publication") {
            tracing::debug!(%error, "publications are not announced here");
        }
        Ok(connection)
    }
}

fn read(connection: &mut PgConnection) -> QueryResult<State> {
    // What has been announced so far is what the question is about.
    connection.notifications_iter().try_for_each(|announcement| announcement.map(drop))?;
    state::table.first(connection)
}
