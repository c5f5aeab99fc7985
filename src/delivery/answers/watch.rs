//! Asks the database what has become of the publication.
//!
//! A thread asks four times a second, and at once when a publication is announced, when the clock has come to a moment
//! at which something changes, and when this process itself has committed. So another replica's publication is seen
//! within a quarter of a second even if its announcement is lost, one's own before the writer hears of it, and what is
//! scheduled at its instant.
//!
//! The question goes to the database that the public side reads, which may be a hot standby: number and content arrive
//! there together.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, Queryable, RunQueryDsl,
    connection::SimpleConnection,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};
use secrecy::{ExposeSecret, SecretString};

use super::freshness::{Freshness, Upcoming};
use crate::{
    db::{Delivery, connector::impatient},
    http::depends::Key,
};

/// How often the database is asked though nothing was announced.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How often announcements are looked for. They have then arrived already; looking costs no round trip.
const LISTEN_EVERY: Duration = Duration::from_millis(15);
/// Of a change so many keys or more are everything.
const TOO_MANY_KEYS: i64 = 5001;

/// What the thread that asks has.
struct Asking {
    url: SecretString,
    pool: Delivery,
    connection: Option<PgConnection>,
    /// The last answer.
    known: Option<Seen>,
}

/// What was seen of the publication.
#[derive(Clone, Copy)]
struct Seen {
    generation: i64,
    /// The database's clock.
    at: DateTime<Utc>,
}

/// Starts to watch the database that the public side reads: at `url`, and, if no further connection is to be had, over
/// `pool`. The watch ends when nobody holds what it learns any more.
///
/// # Errors
/// Where no thread can be started.
pub fn start(url: &SecretString, pool: Delivery) -> std::io::Result<Arc<Freshness>> {
    let mut asking = Asking { url: impatient(url), pool, connection: None, known: None };
    let freshness = Arc::new(Freshness::new());
    asking.ask(&freshness);
    let watched = Arc::downgrade(&freshness);
    thread::Builder::new().name("freshness".to_owned()).spawn(move || keep_asking(&watched, asking))?;
    Ok(freshness)
}

fn keep_asking(watched: &Weak<Freshness>, mut asking: Asking) {
    while let Some(freshness) = watched.upgrade() {
        if freshness.over.load(Ordering::Acquire) {
            drop(asking);
            freshness.questions.done(u64::MAX);
            return;
        }
        let now = Instant::now();
        if freshness.until_change(now).is_zero() {
            freshness.come_to_pass();
        }
        let (asked, is_open) = freshness.questions.open();
        if is_open || freshness.silent_for(now) >= ASK_EVERY || asking.announced() {
            asking.ask(&freshness);
            freshness.questions.done(asked);
        }
        let rest = if freshness.is_reachable() {
            // Not less than a millisecond: two clocks may differ by as much, and the database's is the one that counts.
            freshness.until_change(Instant::now()).clamp(Duration::from_millis(1), LISTEN_EVERY)
        } else {
            ASK_EVERY
        };
        freshness.questions.sleep(rest);
    }
}

impl Asking {
    /// Whether an announcement has arrived.
    fn announced(&mut self) -> bool {
        self.connection.as_mut().is_some_and(|connection| connection.notifications_iter().next().is_some())
    }

    fn ask(&mut self, freshness: &Freshness) {
        let asked = Instant::now();
        let question = Question::since(self.known);
        let mut news = self.connection.as_mut().and_then(|connection| question.put(connection).ok());
        if news.is_none() {
            // One that was lost is made anew; if the server grants no further connection, an idle one is borrowed.
            self.connection = self.connect().ok();
            news = match self.connection.as_mut() {
                Some(connection) => question.put(connection).ok(),
                None => self.pool.read_if_idle(|connection| question.put(connection).ok()).flatten(),
            };
        }
        freshness.reach(news.is_some());
        let Some(news) = news else { return };
        let seen = Seen { generation: news.generation, at: news.at };
        let changed = news.since(self.known.replace(seen));
        freshness.learn(asked, changed, news.upcoming());
    }

    fn connect(&self) -> Result<PgConnection, ConnectionError> {
        let mut connection = PgConnection::establish(self.url.expose_secret())?;
        connection
            .batch_execute("SET statement_timeout = '1s'; SET jit = off; SET application_name = 'tintuc-watch'")
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        // A standby cannot listen; there, asking has to do.
        if let Err(error) = connection.batch_execute("LISTEN tintuc_publication") {
            tracing::debug!(%error, "publications are not announced here");
        }
        Ok(connection)
    }
}

/// What has changed since a state that was seen? One statement, so that all of the answer is of one state.
#[derive(Clone, Copy)]
struct Question {
    generation: i64,
    at: DateTime<Utc>,
}

/// The answer.
#[derive(Queryable)]
struct News {
    generation: i64,
    at: DateTime<Utc>,
    next_change: Option<DateTime<Utc>>,
    /// How many states since then tell what they changed.
    told: i64,
    changed: Vec<String>,
    passed: Vec<String>,
    upcoming: Vec<String>,
}

impl QueryFragment<Pg> for Question {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT s.generation, s.at, s.next_change, \
             (SELECT count(DISTINCT generation) FROM delivery.changes WHERE generation > ",
        );
        out.push_bind_param::<BigInt, _>(&self.generation)?;
        out.push_sql("), ARRAY(SELECT DISTINCT key FROM delivery.changes WHERE generation > ");
        out.push_bind_param::<BigInt, _>(&self.generation)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&TOO_MANY_KEYS)?;
        out.push_sql("), ARRAY(SELECT DISTINCT key FROM delivery.moments WHERE at <= s.at AND at > ");
        out.push_bind_param::<Timestamptz, _>(&self.at)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&TOO_MANY_KEYS)?;
        out.push_sql("), ARRAY(SELECT DISTINCT key FROM delivery.moments WHERE at = s.next_change LIMIT ");
        out.push_bind_param::<BigInt, _>(&TOO_MANY_KEYS)?;
        out.push_sql(") FROM delivery.state s");
        Ok(())
    }
}

impl QueryId for Question {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Question {
    type SqlType = (BigInt, Timestamptz, Nullable<Timestamptz>, BigInt, Array<Text>, Array<Text>, Array<Text>);
}

impl RunQueryDsl<PgConnection> for Question {}

impl Question {
    /// What is new since then; of what was never seen, nothing is told.
    fn since(seen: Option<Seen>) -> Self {
        let Seen { generation, at } = seen.unwrap_or(Seen { generation: i64::MAX, at: Utc::now() });
        Self { generation, at }
    }

    fn put(self, connection: &mut PgConnection) -> QueryResult<News> {
        // What has been announced so far is what the question is about.
        connection.notifications_iter().try_for_each(|announcement| announcement.map(drop))?;
        self.get_result(connection)
    }
}

impl News {
    /// What has changed since then, if anything; and of that, none is everything.
    fn since(&self, seen: Option<Seen>) -> Option<Option<Vec<Key>>> {
        let Some(seen) = seen else { return Some(None) };
        let passed = self.changed.len() + self.passed.len() > 0;
        if self.generation == seen.generation && !passed {
            return None;
        }
        // A state of which nothing is told, and a number that went back, were not made by us.
        if self.told != self.generation - seen.generation {
            return Some(None);
        }
        Some(keys(&self.changed).zip(keys(&self.passed)).map(|(changed, passed)| [changed, passed].concat()))
    }

    fn upcoming(&self) -> Option<Upcoming> {
        let after = (self.next_change? - self.at).to_std().unwrap_or_default();
        Some(Upcoming { after, keys: keys(&self.upcoming) })
    }
}

/// What was told; none where it is too much to tell.
fn keys(told: &[String]) -> Option<Vec<Key>> {
    let few = i64::try_from(told.len()).is_ok_and(|many| many < TOO_MANY_KEYS);
    few.then(|| told.iter().map(|key| Key::told(key)).collect())
}
