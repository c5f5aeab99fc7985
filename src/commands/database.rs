//! The database that a command works on: the one that `DATABASE_URL` names, or the embedded one.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::failure::Failure;
use crate::{
    db::embedded::{self, Embedded, Options, Sides},
    privileges,
    settings::Settings,
};

/// The name of the database in the embedded server.
const NAME: &str = "tintuc";

/// A database that is there to be connected to.
pub struct Connected {
    /// Where it is, for its owner: the management side.
    pub url: SecretString,
    /// The same for the public side, if this process runs the embedded server, whose superuser makes the role.
    pub delivery: Option<SecretString>,
    /// The embedded server, if this process runs it.
    pub embedded: Option<Embedded>,
}

/// Leaves root where the embedded server will run, which refuses root. Before any thread is started.
///
/// # Errors
/// Where the data directory cannot be made or handed over.
pub fn leave_root(settings: &Settings) -> Result<(), Failure> {
    if settings.database_url.is_none() {
        privileges::drop_root(&settings.data_dir())?;
    }
    Ok(())
}

impl Connected {
    /// For the service: runs the embedded server if no other database is named.
    ///
    /// # Errors
    /// Where it cannot run.
    pub fn to_serve(settings: &Settings) -> Result<Self, Failure> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), delivery: None, embedded: None });
        }
        let server = Embedded::start(&Options::new(folder(&settings.data_dir())))?;
        let Sides { newsroom, delivery } = server.sides(NAME)?;
        Ok(Self { url: newsroom, delivery: Some(delivery), embedded: Some(server) })
    }

    /// For a command: uses the embedded server that the service runs, or runs it meanwhile.
    ///
    /// # Errors
    /// Where it cannot run.
    pub fn to_work(settings: &Settings) -> Result<Self, Failure> {
        leave_root(settings)?;
        if settings.database_url.is_none()
            && let Some(running) = embedded::running(&folder(&settings.data_dir()))
        {
            return Ok(Self { url: running.newsroom(NAME)?, delivery: None, embedded: None });
        }
        Self::to_serve(settings)
    }

    /// Stops the embedded server, if this process runs it.
    ///
    /// # Errors
    /// Where it does not stop.
    pub fn release(self) -> Result<(), Failure> {
        self.embedded.map_or(Ok(()), |server| server.stop().map_err(Failure::from))
    }
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}
