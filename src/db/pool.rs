//! Connection pools, one for each side, and the only two ways to use them: a read and a transaction.
//! Both run off the async threads.

use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::InstrumentationEvent,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use secrecy::{ExposeSecret, SecretString};

use crate::http::{Problem, reply::SiteUrl};

/// How long a request waits for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_millis(1500);

diesel::define_sql_function! {
    /// The clock of the database, which both sides go by.
    #[sql_name = "delivery.clock"]
    fn clock() -> diesel::sql_types::Timestamptz;
}

/// A pool of connections to one database, for one of the two sides under a role of its own.
pub struct Database<Side> {
    pool: Pool<ConnectionManager<PgConnection>>,
    statements: Arc<AtomicU64>,
    after_commit: Option<Arc<dyn Fn() + Send + Sync>>,
    site: Arc<SiteUrl>,
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
            statements: Arc::clone(&self.statements),
            after_commit: self.after_commit.clone(),
            site: Arc::clone(&self.site),
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
}

impl<Side: Send + Sync + 'static> Database<Side> {
    /// Opens a pool of at most `size` connections. They are made when first needed.
    ///
    /// # Errors
    /// Where the URL does not lead to a database.
    pub fn open(url: &SecretString, size: u32) -> Result<Self, r2d2::Error> {
        let statements = Arc::new(AtomicU64::new(0));
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Counting(Arc::clone(&statements))))
            .build(ConnectionManager::new(url.expose_secret()))?;
        Ok(Self { pool, statements, after_commit: None, site: Arc::default(), side: PhantomData })
    }

    /// Runs `work` on a connection outside a transaction: for reads.
    ///
    /// # Errors
    /// Those of `work`; `unavailable` where no connection is to be had.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let database = self.clone();
        off_thread(move || work(&mut *database.connection()?)).await
    }

    /// Runs `work` at once, if a connection is idle at this moment.
    pub(crate) fn read_if_idle<T>(&self, work: impl FnOnce(&mut PgConnection) -> T) -> Option<T> {
        Some(work(&mut *self.pool.try_get()?))
    }

    fn connection(&self) -> Result<PooledConnection<ConnectionManager<PgConnection>>, Problem> {
        self.pool.get().map_err(Problem::unavailable)
    }

    /// How many statements the pool's connections have run. Tests assert by it that a request costs the same
    /// however much it finds.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

impl Newsroom {
    /// The same pool, with something to do after each commit and before the caller hears of it.
    #[must_use]
    pub fn after_commit(self, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self { after_commit: Some(Arc::new(act)), ..self }
    }

    /// The same pool for an installation whose site is there.
    #[must_use]
    pub fn of_site(self, site: SiteUrl) -> Self {
        Self { site: Arc::new(site), ..self }
    }

    /// Runs `work` in a transaction, which is kept if `work` succeeds and undone if not.
    ///
    /// # Errors
    /// Those of `work`; `unavailable` where no connection is to be had.
    pub async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let database = self.clone();
        off_thread(move || database.transaction_here(work)).await
    }

    /// [`Database::transaction`] for callers that have no async threads to protect: commands.
    pub fn transaction_here<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Problem>) -> Result<T, Problem> {
        let done = self.connection()?.transaction(|conn| {
            let now = diesel::select(clock()).get_result(conn)?;
            work(&mut Tx { conn, now, site: &self.site })
        })?;
        if let Some(act) = &self.after_commit {
            act();
        }
        Ok(done)
    }
}

/// Runs several reads over one state of the database, as it was when the first began.
pub fn snapshot<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Problem>,
) -> Result<T, Problem> {
    conn.build_transaction().repeatable_read().read_only().run(work)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let context = tracing::Span::current();
    actix_web::web::block(move || context.in_scope(work)).await.map_err(Problem::internal)?
}

/// Counts statements on each connection that the pool makes.
#[derive(Debug)]
struct Counting(Arc<AtomicU64>);

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Counting {
    fn on_acquire(&self, connection: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        let statements = Arc::clone(&self.0);
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                statements.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(())
    }
}
