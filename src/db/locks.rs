//! Locks on names, held over all replicas for as long as something is done there.
//!
//! The database holds them (advisory locks of a session), over one connection for the whole process: so they take no
//! connection of a pool, however many there are and however long, and they are gone with the process, however it ends.
//! Nobody waits in the database: a lock is had at once or not.

use std::{
    collections::HashMap,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, define_sql_function, select,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::connector::impatient;
use crate::http::Problem;

/// How many locks one process may hold. The server has room for 64 for each of its connections, by default for 6,400.
const MOST: usize = 512;
/// How many of these one holder may have.
const MOST_OF_ONE: usize = 64;
/// How long a lock may take to be had, or not.
const PATIENCE: Duration = Duration::from_secs(3);

define_sql_function! {
    /// Takes a lock of the session, if nobody else has it.
    fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}
define_sql_function! {
    /// Lets go of one.
    fn pg_advisory_unlock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// What is locked: 256 bits, of which the first 64 are the lock's number in the database.
pub type Name = [u8; 32];

/// The locks of this process. Cheap to clone.
#[derive(Clone)]
pub struct Locks(Sender<Command>);

/// A lock that is held until it is dropped.
pub struct Lock {
    name: Name,
    held: bool,
    locks: Sender<Command>,
}

enum Command {
    Take { lock: Lock, holder: Uuid, answer: oneshot::Sender<Result<Option<Lock>, Problem>> },
    Release(Name),
}

impl Locks {
    /// Starts the thread that takes and releases them. It connects when there is something to lock.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(url: &SecretString) -> std::io::Result<Self> {
        let (locks, commands) = channel();
        let keeper = Keeper { url: impatient(url), connection: None, session: 0, held: HashMap::new() };
        thread::Builder::new().name("locks".to_owned()).spawn(move || keeper.run(&commands))?;
        Ok(Self(locks))
    }

    /// Takes a lock for this holder; none where another has it, here or elsewhere.
    ///
    /// # Errors
    /// `unavailable` where the database does not answer, or too many are held.
    pub async fn take(&self, name: Name, holder: Uuid) -> Result<Option<Lock>, Problem> {
        let (answer, answered) = oneshot::channel();
        let lock = Lock { name, held: false, locks: self.0.clone() };
        self.0.send(Command::Take { lock, holder, answer }).map_err(Problem::internal)?;
        timeout(PATIENCE, answered).await.map_err(Problem::unavailable)?.map_err(Problem::internal)?
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.held {
            // Where the thread is gone, so is the connection that held it.
            let _ = self.locks.send(Command::Release(self.name));
        }
    }
}

struct Keeper {
    url: SecretString,
    connection: Option<PgConnection>,
    /// How many connections there have been.
    session: u64,
    /// What is held. One connection could take a lock twice.
    held: HashMap<Name, Held>,
}

struct Held {
    by: Uuid,
    session: u64,
}

impl Keeper {
    fn run(mut self, commands: &Receiver<Command>) {
        while let Ok(command) = commands.recv() {
            match command {
                Command::Take { mut lock, holder, answer } => {
                    let taken = self.take(lock.name, holder).map(|taken| {
                        lock.held = taken;
                        taken.then_some(lock)
                    });
                    // Who no longer waits drops it.
                    let _ = answer.send(taken);
                }
                Command::Release(name) => self.release(name),
            }
        }
    }

    fn take(&mut self, name: Name, holder: Uuid) -> Result<bool, Problem> {
        if self.held.contains_key(&name) {
            return Ok(false);
        }
        let theirs = self.held.values().filter(|held| held.by == holder).count();
        if self.held.len() >= MOST || theirs >= MOST_OF_ONE {
            return Err(Problem::unavailable("too many locks are held"));
        }
        let mut taken = self.try_lock(name);
        if taken.is_err() {
            // The connection may have been lost, and with it what it held. Work under way goes on; what it may not do
            // twice is no matter of these locks.
            self.connection = None;
            taken = self.try_lock(name);
        }
        let taken = taken.map_err(Problem::unavailable)?;
        if taken {
            self.held.insert(name, Held { by: holder, session: self.session });
        }
        Ok(taken)
    }

    fn try_lock(&mut self, name: Name) -> Result<bool, Box<dyn std::error::Error>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => {
                self.session += 1;
                empty.insert(connect(&self.url)?)
            }
        };
        Ok(select(pg_try_advisory_lock(number(name))).get_result(connection)?)
    }

    fn release(&mut self, name: Name) {
        let held = self.held.remove(&name).filter(|held| held.session == self.session);
        let (Some(_), Some(connection)) = (held, &mut self.connection) else { return };
        let released: QueryResult<bool> = select(pg_advisory_unlock(number(name))).get_result(connection);
        if let Err(error) = released {
            tracing::debug!(%error, "a lock went with its connection");
            self.connection = None;
        }
    }
}

fn connect(url: &SecretString) -> Result<PgConnection, Box<dyn std::error::Error>> {
    let mut connection = PgConnection::establish(url.expose_secret())?;
    connection.batch_execute("SET statement_timeout = '2s'")?;
    Ok(connection)
}

/// The number of a lock in the database.
fn number(name: Name) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = name;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
