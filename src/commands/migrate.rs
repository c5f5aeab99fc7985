//! `tintuc migrate`: brings the schema up to date and does nothing else, for deployments that do it by itself.

use secrecy::ExposeSecret;

use super::{database::Connected, failure::Failure};
use crate::{db::migrations, settings::Settings};

/// Runs the command.
///
/// # Errors
/// Where the database is not there or a migration fails.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    let database = Connected::to_work(settings)?;
    let outcome = migrations::run(database.url.expose_secret());
    database.release()?;
    match outcome?.as_slice() {
        [] => println!("The schema is up to date."),
        applied => applied.iter().for_each(|name| println!("Applied {name}")),
    }
    Ok(())
}
