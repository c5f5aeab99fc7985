//! Brings the schema up to date.

use std::{thread::sleep, time::Duration};

use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::{Array, Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::delivery_role;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// One migrator at a time, whatever the number of replicas that start together. The number is arbitrary.
const LOCK: i64 = 0x7469_6e74_7563;

/// How often to ask whether it is one's turn.
const TURN: Duration = Duration::from_millis(100);

/// A schema that could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A statement failed outside a migration.
    #[error("the database refused: {0}")]
    Database(#[from] diesel::result::Error),
    /// A migration failed; it was undone as a whole, or left an unfinished index, which the next attempt removes.
    #[error("a migration failed: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
    /// The schema was made by a version from before the first release.
    #[error(
        "the database was made by a version of Tintuc from before the first release, whose schema is not brought \
         forward; start with an empty database (or an empty data directory)"
    )]
    TooOld,
}

/// Applies the migrations that the database at `url` does not have yet, and says which.
///
/// # Errors
/// See [`MigrationError`].
pub fn run(url: &str) -> Result<Vec<String>, MigrationError> {
    locked(url, |connection| {
        refuse_too_old(connection)?;
        if !prepare(connection)? {
            return Ok(Vec::new());
        }
        let applied = connection.run_pending_migrations(MIGRATIONS).map_err(MigrationError::Migration)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
}

/// Applies the next migration, if there is one, and says which: for tests that go step by step.
///
/// # Errors
/// See [`MigrationError`].
pub fn run_next(url: &str) -> Result<Option<String>, MigrationError> {
    locked(url, |connection| {
        if !prepare(connection)? {
            return Ok(None);
        }
        let applied = connection.run_next_migration(MIGRATIONS).map_err(MigrationError::Migration)?;
        Ok(Some(applied.to_string()))
    })
}

/// Undoes the last migration, and says which: for tests of the `down`s.
///
/// # Errors
/// See [`MigrationError`].
pub fn revert_last(url: &str) -> Result<String, MigrationError> {
    locked(url, |connection| {
        let reverted = connection.revert_last_migration(MIGRATIONS).map_err(MigrationError::Migration)?;
        Ok(reverted.to_string())
    })
}

/// The migrations were written anew once, before anybody relied on them. Later ones are only added to, and a version of
/// before runs beside a schema of after.
fn refuse_too_old(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let ours = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(MigrationError::Migration)?;
    let first = ours.iter().map(|migration| migration.name().version().as_owned()).min();
    let applied = connection.applied_migrations().map_err(MigrationError::Migration)?;
    if applied.iter().any(|applied| first.as_ref().is_some_and(|first| applied < first)) {
        return Err(MigrationError::TooOld);
    }
    Ok(())
}

/// Makes the way free for migrations, if there are any to apply, and says so.
fn prepare(connection: &mut PgConnection) -> Result<bool, MigrationError> {
    if !connection.has_pending_migration(MIGRATIONS).map_err(MigrationError::Migration)? {
        return Ok(false);
    }
    remove_unfinished(connection)?;
    delivery_role::keep_readers(connection)?;
    Ok(true)
}

/// Removes what a migration leaves that builds an index beside those who write and is cut short: an index of no use, which
/// has to be out of the way before that migration can run again.
fn remove_unfinished(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let unfinished = sql::<Array<Text>>(
        "ARRAY(SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
         WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace)",
    );
    let unfinished: Vec<String> = diesel::select(unfinished).get_result(connection)?;
    for index in unfinished {
        connection.batch_execute(&format!("DROP INDEX CONCURRENTLY {index}"))?;
    }
    Ok(())
}

fn locked<T>(
    url: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T, MigrationError>,
) -> Result<T, MigrationError> {
    let mut connection = PgConnection::establish(url)?;
    // Notices of what is there already ("IF NOT EXISTS") are no news.
    connection.batch_execute("SET client_min_messages = warning")?;
    // A session lock: it goes with the connection, whatever happens. Who waits for it asks again and again: a statement
    // that waits is itself waited for by whoever builds an index beside others.
    while !diesel::select(sql::<Bool>(&format!("pg_try_advisory_lock({LOCK})"))).get_result(&mut connection)? {
        sleep(TURN);
    }
    work(&mut connection)
}
