//! Giving up: who no longer waits for the database's answer takes the question back.
//!
//! PostgreSQL cancels by the number of the process that works, not of the statement. So a cancellation and the end of
//! the work that it is meant for exclude each other: the next to use the connection is never hit.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, dsl::sql, sql_types::Bool};
use secrecy::{ExposeSecret, SecretString};

use super::connector::impatient;
use crate::http::Problem;

/// Some work on a connection, which may be given up from outside.
#[derive(Clone, Default)]
pub struct Ticket(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The process that works on it now.
    backend: Option<i32>,
    given_up: bool,
}

impl Ticket {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the work goes on, on this process.
    ///
    /// # Errors
    /// `unavailable` where it has been given up.
    pub fn begin(&self, backend: i32) -> Result<Working, Problem> {
        self.check()?;
        self.state().backend = Some(backend);
        Ok(Working(self.clone()))
    }

    /// Whether the work is still wanted: asked before a commit, for nothing is kept that somebody was told has failed.
    ///
    /// # Errors
    /// `unavailable` where it has been given up.
    pub fn check(&self) -> Result<(), Problem> {
        if self.state().given_up { Err(Problem::unavailable("given up meanwhile")) } else { Ok(()) }
    }
}

/// Work under way. Over when dropped, with the connection free for other work.
pub struct Working(Ticket);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.state().backend = None;
    }
}

/// Cancels statements of one role, over a connection of its own.
#[derive(Clone)]
pub struct Canceller(Sender<Ticket>);

impl Canceller {
    /// Starts the thread that does it. It ends with the last clone, and connects when there is something to cancel.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(url: &SecretString) -> std::io::Result<Self> {
        let (tickets, given_up) = channel();
        let url = impatient(url);
        thread::Builder::new().name("canceller".to_owned()).spawn(move || cancel_all(&url, &given_up))?;
        Ok(Self(tickets))
    }

    /// Gives work up: it does not begin any more, its statement is cancelled, and what it wrote is not committed.
    pub fn give_up(&self, ticket: &Ticket) {
        let mut state = ticket.state();
        state.given_up = true;
        if state.backend.is_some() {
            // The thread lives as long as this.
            let _ = self.0.send(ticket.clone());
        }
    }
}

fn cancel_all(url: &SecretString, given_up: &Receiver<Ticket>) {
    let mut connection = None;
    while let Ok(ticket) = given_up.recv() {
        if ticket.state().backend.is_none() {
            continue;
        }
        if connection.is_none() {
            connection = PgConnection::establish(url.expose_secret()).ok();
        }
        let Some(canceller) = connection.as_mut() else { continue };
        let state = ticket.state();
        if let Some(backend) = state.backend
            && let Err(error) = cancel(canceller, backend)
        {
            tracing::debug!(%error, "a statement could not be cancelled");
            connection = None;
        }
    }
}

fn cancel(connection: &mut PgConnection, backend: i32) -> QueryResult<bool> {
    diesel::select(sql::<Bool>(&format!("pg_cancel_backend({backend})"))).get_result(connection)
}
