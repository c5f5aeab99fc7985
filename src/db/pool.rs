//! Connection pools, one for each side, and the only two ways to use them: a read and a transaction.
//! Both run off the async threads.

use std::{
    cell::Cell,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::web::block;
use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection, RunQueryDsl};
use r2d2::{Pool, PooledConnection};
use secrecy::SecretString;
use tokio::{
    sync::Semaphore,
    time::{error::Elapsed, sleep, timeout},
};

use super::{
    along::{self, Along},
    cancel::{Canceller, Ticket},
    connector::{Complaints, Connector},
};
use crate::{
    http::{Problem, problem::Mishap, reply::SiteUrl},
    text::Players,
};

/// How long a request waits for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_millis(1500);

diesel::define_sql_function! {
    /// The clock of the database, which both sides go by.
    #[sql_name = "delivery.clock"]
    fn clock() -> diesel::sql_types::Timestamptz;
}

/// Why a pool cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL does not lead to a database.
    #[error("cannot connect to the database: {0}")]
    Connection(#[from] r2d2::Error),
    /// The thread that takes statements back.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A pool of connections to one database, for one of the two sides under a role of its own.
pub struct Database<Side> {
    pool: Pool<Connector>,
    /// One for each connection.
    turns: Arc<Semaphore>,
    canceller: Canceller,
    complaints: Complaints,
    limit: Duration,
    statements: Arc<AtomicU64>,
    after_commit: Option<Arc<dyn Fn() + Send + Sync>>,
    aside: bool,
    site: Arc<SiteUrl>,
    players: Arc<Players>,
    side: PhantomData<Side>,
}

/// The pool that may read and write everything: the management side.
pub type Newsroom = Database<Management>;

/// The pool that may read what is public, and nothing else. It has no transactions to write in.
pub type Delivery = Database<Public>;

/// Of the management side.
pub enum Management {}

/// Of the public side.
pub enum Public {}

impl<Side> Clone for Database<Side> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            turns: Arc::clone(&self.turns),
            canceller: self.canceller.clone(),
            complaints: self.complaints.clone(),
            limit: self.limit,
            statements: Arc::clone(&self.statements),
            after_commit: self.after_commit.clone(),
            aside: self.aside,
            site: Arc::clone(&self.site),
            players: Arc::clone(&self.players),
            side: PhantomData,
        }
    }
}

/// A running transaction and its time.
pub struct Tx<'a> {
    /// The connection, for queries.
    pub conn: &'a mut PgConnection,
    /// When the transaction began, by the database's clock. Everything that it writes bears this time.
    pub now: DateTime<Utc>,
    /// Where the site is: what is written may link to it.
    pub site: &'a SiteUrl,
    /// The players that what is written may embed.
    pub players: &'a Players,
}

impl<Side: Send + Sync + 'static> Database<Side> {
    /// Opens a pool of at most `size` connections. They are made when first needed. For a service, `limit` is how long
    /// a statement may take, and all that a request asks of the database; a command takes its time.
    ///
    /// # Errors
    /// Where the URL does not lead to a database.
    pub fn open(url: &SecretString, size: u32, limit: Option<Duration>) -> Result<Self, OpenError> {
        let statements = Arc::new(AtomicU64::new(0));
        let connector = Connector::new(url, limit, Arc::clone(&statements));
        let complaints = connector.complaints();
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            // That costs a round trip each time. One that is gone is replaced when it fails.
            .test_on_check_out(false)
            .error_handler(Box::new(complaints.clone()))
            .build(connector)?;
        Ok(Self {
            pool,
            turns: Arc::new(Semaphore::new(size as usize)),
            canceller: Canceller::start(url)?,
            complaints,
            limit: limit.unwrap_or(Duration::MAX),
            statements,
            after_commit: None,
            aside: false,
            site: Arc::default(),
            players: Arc::default(),
            side: PhantomData,
        })
    }

    /// Runs `work` on a connection outside a transaction: for reads. Who stops waiting takes the question back. Where the
    /// connection turns out to be gone, another takes its place, and `work` begins anew.
    ///
    /// # Errors
    /// Those of `work`; `unavailable` where no connection is to be had, or no answer in time.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Problem> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        let (database, ticket) = (self.clone(), Ticket::default());
        let asking = Asking { canceller: &self.canceller, ticket: Some(ticket.clone()) };
        let outcome =
            self.in_time(move || database.on_a_connection(&ticket, &Cell::new(false), |conn| work.clone()(conn))).await;
        if let Ok(outcome) = outcome {
            asking.answered();
            return outcome;
        }
        Err(too_late())
    }

    /// Runs `work` at once, if a connection is idle at this moment.
    pub(crate) fn read_if_idle<T>(&self, work: impl FnOnce(&mut PgConnection) -> T) -> Option<T> {
        Some(work(&mut self.pool.try_get()?.conn))
    }

    /// Works on a connection; and on another while the one that it got turns out to be gone before it `began` to do
    /// anything that cannot be done twice. Each of the pool may be gone.
    fn on_a_connection<T>(
        &self,
        ticket: &Ticket,
        began: &Cell<bool>,
        work: impl Fn(&mut PgConnection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let attempt = || {
            let mut session = self.connection()?;
            // Over before the connection is free for other work.
            let _working = ticket.begin(session.backend)?;
            let done = work(&mut session.conn);
            session.lost = lost(&done);
            done
        };
        let mut done = attempt();
        for _ in 0..self.pool.max_size() {
            if !lost(&done) || began.get() {
                break;
            }
            done = attempt();
        }
        done
    }

    fn connection(&self) -> Result<PooledConnection<Connector>, Problem> {
        self.pool.get().map_err(Problem::unavailable)
    }

    /// Runs what blocks off the async threads, as soon as a connection is free for it: to wait for one takes no thread.
    /// Elapsed where it takes too long; the work then goes on behind, until it notices.
    async fn in_time<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Result<T, Problem>, Elapsed> {
        let Ok(Ok(turn)) = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await else {
            return Ok(Err(Problem::unavailable("every connection to the database is in use")));
        };
        let context = tracing::Span::current();
        let work = block(move || {
            let outcome = context.in_scope(work);
            drop(turn);
            outcome
        });
        Ok(timeout(self.limit, work).await?.map_err(Problem::internal).flatten())
    }

    /// Says that the database is about to be stopped: that it goes away is no news from now on. Waits for what is still
    /// asked of it, but not for long: whoever was waiting for the answer may be gone, and the work is not.
    pub async fn expect_the_end(&self) {
        let under_way = self.complaints.end();
        let until = Instant::now() + PATIENCE;
        while under_way.strong_count() > 0 && Instant::now() < until {
            sleep(Duration::from_millis(2)).await;
        }
        let _ = timeout(PATIENCE, self.turns.acquire_many(self.pool.max_size())).await;
    }

    /// How many statements the pool's connections have run. Tests assert by it that a request costs the same
    /// however much it finds.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

/// A read that is waited for. Dropped before it is answered, it is given up.
struct Asking<'a> {
    canceller: &'a Canceller,
    ticket: Option<Ticket>,
}

impl Asking<'_> {
    fn answered(mut self) {
        self.ticket = None;
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.ticket {
            self.canceller.give_up(ticket);
        }
    }
}

/// Whether it failed because the connection was gone.
fn lost<T>(done: &Result<T, Problem>) -> bool {
    done.as_ref().is_err_and(|problem| problem.mishap() == Some(Mishap::ConnectionLost))
}

fn too_late() -> Problem {
    Problem::unavailable("the database did not answer in time")
}

impl Newsroom {
    /// The same pool, with something to do after each commit and before the caller hears of it.
    #[must_use]
    pub fn after_commit(self, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self { after_commit: Some(Arc::new(act)), ..self }
    }

    /// How long all may take that a request asks of the database.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// The same pool for what has no more time than this.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: self.limit.min(limit), ..self }
    }

    /// The same pool for what is written beside a request's own work, to make it ready or to note it: nothing goes along.
    #[must_use]
    pub fn aside(self) -> Self {
        Self { aside: true, ..self }
    }

    /// The same pool for what changes nothing that anybody reads in public: after its commits nobody is told.
    #[must_use]
    pub fn unnoticed(self) -> Self {
        Self { after_commit: None, ..self }
    }

    /// The same pool for an installation whose site is there.
    #[must_use]
    pub fn of_site(self, site: SiteUrl) -> Self {
        Self { site: Arc::new(site), ..self }
    }

    /// The same pool where bodies may embed these players.
    #[must_use]
    pub fn with_players(self, players: Players) -> Self {
        Self { players: Arc::new(players), ..self }
    }

    /// Runs `work` in a transaction, which is kept if `work` succeeds and undone if not. It goes on to its end if the
    /// client is gone meanwhile: what was sent whole is not lost. What was answered as failed is not kept.
    ///
    /// Where the database undoes it in favour of another (a deadlock, a serialisation failure), it is run once more, with
    /// what `work` had at first; and where the connection was gone before `work` began, on another one.
    ///
    /// What goes [`along`] with the request's writes is written last, and kept with it or not at all.
    ///
    /// # Errors
    /// Those of `work`; `unavailable` where no connection is to be had, or no answer in time.
    pub async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Clone + Send + 'static,
    ) -> Result<T, Problem> {
        let (database, ticket) = (self.clone(), Ticket::default());
        let working = ticket.clone();
        let along = if self.aside { None } else { along::current() };
        let outcome = self.in_time(move || database.transaction_by(&working, along.as_deref(), work)).await;
        outcome.unwrap_or_else(|_| {
            self.canceller.give_up(&ticket);
            Err(too_late())
        })
    }

    /// [`Database::transaction`] for callers that have no async threads to protect: commands.
    ///
    /// # Errors
    /// Those of `work`; `unavailable` where no connection is to be had.
    pub fn transaction_here<T>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Clone,
    ) -> Result<T, Problem> {
        self.transaction_by(&Ticket::default(), None, work)
    }

    fn transaction_by<T>(
        &self,
        ticket: &Ticket,
        along: Option<&dyn Along>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Clone,
    ) -> Result<T, Problem> {
        let done = match self.attempt(ticket, along, &work) {
            Err(problem) if problem.mishap() == Some(Mishap::GaveWay) => self.attempt(ticket, along, &work),
            done => done,
        }?;
        if let Some(act) = &self.after_commit {
            act();
        }
        Ok(done)
    }

    fn attempt<T>(
        &self,
        ticket: &Ticket,
        along: Option<&dyn Along>,
        work: &(impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Clone),
    ) -> Result<T, Problem> {
        // From then on nobody knows whether a commit that was not answered was made.
        let began = Cell::new(false);
        self.on_a_connection(ticket, &began, |conn| {
            conn.transaction(|conn| {
                let now = diesel::select(clock()).get_result(conn)?;
                began.set(true);
                let done = work.clone()(&mut Tx { conn, now, site: &self.site, players: &self.players })?;
                along.map_or(Ok(()), |along| along.write(conn, now))?;
                ticket.check()?;
                Ok(done)
            })
        })
    }
}

/// Runs several reads over one state of the database, as it was when the first began.
pub fn snapshot<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Problem>,
) -> Result<T, Problem> {
    conn.build_transaction().repeatable_read().read_only().run(work)
}
