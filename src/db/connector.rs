//! How connections are made: with an end to whatever they do.
//!
//! A statement ends after a time, in the server; a server that went silent is noticed by the network after seconds; and
//! a statement whose client is gone is not worked on to its end.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use diesel::{
    Connection, ConnectionError, PgConnection, RunQueryDsl,
    connection::{InstrumentationEvent, SimpleConnection},
    dsl::sql,
    r2d2::{Error, R2D2Connection},
    sql_types::Integer,
};
use r2d2::{HandleError, ManageConnection};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// What libpq is told of each connection, unless the URL says otherwise. A route that drops packets is noticed by what
/// is sent and not acknowledged, or where nothing was to be sent by three probes that are not answered.
const NETWORK: [(&str, &str); 5] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

/// A transaction that does nothing for so long is undone: nobody here thinks for a minute with rows locked.
const IDLE_TRANSACTION: Duration = Duration::from_secs(60);

/// The same database, for a connection that notices within seconds that the other end is gone.
pub fn impatient(url: &SecretString) -> SecretString {
    let given = url.expose_secret();
    let Ok(mut parsed) = Url::parse(given) else {
        // In the form `host=… dbname=…` the last of two values counts.
        let limits: String = NETWORK.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        return (limits + given).into();
    };
    let named: Vec<String> = parsed.query_pairs().map(|(name, _)| name.into_owned()).collect();
    for (name, value) in NETWORK {
        if !named.iter().any(|named| named == name) {
            parsed.query_pairs_mut().append_pair(name, value);
        }
    }
    String::from(parsed).into()
}

/// A connection of a pool.
pub struct Session {
    /// The connection itself.
    pub conn: PgConnection,
    /// The process that serves it, by which a statement can be cancelled.
    pub backend: i32,
    /// Whether it turned out to be gone.
    pub lost: bool,
}

/// Makes the connections of a pool.
pub struct Connector {
    url: SecretString,
    limit: Option<Duration>,
    statements: Arc<AtomicU64>,
    complaints: Complaints,
}

impl Connector {
    /// For connections to the database at `url` whose statements end after `limit`, and are counted.
    pub fn new(url: &SecretString, limit: Option<Duration>, statements: Arc<AtomicU64>) -> Self {
        Self { url: impatient(url), limit, statements, complaints: Complaints::default() }
    }

    /// What hears of the connections that fail.
    pub fn complaints(&self) -> Complaints {
        self.complaints.clone()
    }
}

impl ManageConnection for Connector {
    type Connection = Session;
    type Error = Error;

    fn connect(&self) -> Result<Session, Error> {
        let _under_way = self.complaints.begin().ok_or_else(|| {
            Error::ConnectionError(ConnectionError::BadConnection("the database is about to be stopped".to_owned()))
        })?;
        let mut conn = PgConnection::establish(self.url.expose_secret()).map_err(Error::ConnectionError)?;
        if let Some(limit) = self.limit {
            let (statement, idle) = (limit.as_millis(), IDLE_TRANSACTION.as_millis());
            conn.batch_execute(&format!(
                "SET statement_timeout = {statement}; SET idle_in_transaction_session_timeout = {idle}"
            ))
            .map_err(Error::QueryError)?;
            // Not on every system.
            let _ = conn.batch_execute("SET client_connection_check_interval = '2s'");
        }
        let backend =
            diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(&mut conn).map_err(Error::QueryError)?;
        let statements = Arc::clone(&self.statements);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                statements.fetch_add(1, Ordering::Relaxed);
            }
        });
        self.complaints.failures.store(0, Ordering::Relaxed);
        Ok(Session { conn, backend, lost: false })
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), Error> {
        session.conn.ping().map_err(Error::QueryError)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.lost || std::thread::panicking() || session.conn.is_broken()
    }
}

/// After how many failures in a row it is worth a line in the log: about three seconds. That one connection is lost is
/// none.
const NEWS: u32 = 5;

/// Logs that no connection can be made: once, until one can be made again. A pool tries for as long as it lacks one.
#[derive(Clone, Debug)]
pub struct Complaints {
    failures: Arc<AtomicU32>,
    /// A share of it is held by each connection that is being made; taken away at the end.
    under_way: Arc<Mutex<Option<Arc<()>>>>,
}

impl Default for Complaints {
    fn default() -> Self {
        Self { failures: Arc::default(), under_way: Arc::new(Mutex::new(Some(Arc::new(())))) }
    }
}

impl Complaints {
    /// Has nothing more complained of, and no connection made: the database is about to be stopped. What answers tells
    /// whether one is still being made.
    pub fn end(&self) -> Weak<()> {
        self.failures.store(NEWS, Ordering::Relaxed);
        self.share().take().map(|share| Arc::downgrade(&share)).unwrap_or_default()
    }

    /// What a connection holds while it is made; none at the end.
    fn begin(&self) -> Option<Arc<()>> {
        self.share().clone()
    }

    fn share(&self) -> MutexGuard<'_, Option<Arc<()>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandleError<Error> for Complaints {
    fn handle_error(&self, error: Error) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 == NEWS {
            tracing::warn!(%error, "no connection to the database");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(url: &str) -> String {
        impatient(&url.into()).expose_secret().to_owned()
    }

    #[test]
    fn a_connection_has_limits_that_its_url_may_change() {
        let url = patience("postgres://u:p@host/db?tcp_user_timeout=9000");
        assert!(url.starts_with("postgres://u:p@host/db?tcp_user_timeout=9000&connect_timeout=2&"), "{url}");
        assert_eq!(url.matches("tcp_user_timeout").count(), 1);
        assert!(url.contains("keepalives_idle=5"), "{url}");
    }

    #[test]
    fn so_has_one_that_is_named_by_keywords() {
        let limits = patience("host=/run/postgresql dbname=tintuc connect_timeout=7");
        assert!(limits.starts_with("connect_timeout=2 "), "{limits}");
        assert!(limits.ends_with(" host=/run/postgresql dbname=tintuc connect_timeout=7"), "{limits}");
    }
}
