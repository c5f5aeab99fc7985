//! Brings the schema up to date.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// One migrator at a time, whatever the number of replicas that start together. The number is arbitrary.
const LOCK: i64 = 0x7469_6e74_7563;

/// A schema that could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A statement failed outside a migration.
    #[error("the database refused: {0}")]
    Database(#[from] diesel::result::Error),
    /// A migration failed; it was undone as a whole.
    #[error("a migration failed: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
}

/// Applies the migrations that the database at `url` does not have yet, and says which.
///
/// # Errors
/// See [`MigrationError`].
pub fn run(url: &str) -> Result<Vec<String>, MigrationError> {
    locked(url, |connection| {
        let applied = connection.run_pending_migrations(MIGRATIONS).map_err(MigrationError::Migration)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
}

/// Undoes every migration, newest first: for tests of the `down`s.
///
/// # Errors
/// See [`MigrationError`].
pub fn revert_all(url: &str) -> Result<usize, MigrationError> {
    locked(url, |connection| {
        let reverted = connection.revert_all_migrations(MIGRATIONS).map_err(MigrationError::Migration)?;
        Ok(reverted.len())
    })
}

fn locked<T>(
    url: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T, MigrationError>,
) -> Result<T, MigrationError> {
    let mut connection = PgConnection::establish(url)?;
    // A session lock: it goes with the connection, whatever happens. Notices of what is there already
    // ("IF NOT EXISTS") are no news.
    connection.batch_execute(&format!("SET client_min_messages = warning; SELECT pg_advisory_lock({LOCK})"))?;
    work(&mut connection)
}
