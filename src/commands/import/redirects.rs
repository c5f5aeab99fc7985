//! `tintuc import redirects`: old addresses and where they lead, for a server in front.

use std::io::{self, BufWriter};

use clap::{Args, ValueEnum};
use diesel::{Connection, PgConnection};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    app,
    commands::{database::Connected, failure::Failure},
    delivery::legacy::redirects::{self, Form},
    settings::Settings,
};

/// Which old addresses, and how they are written.
#[derive(Args, Debug)]
pub struct Redirects {
    /// As what: maps to include in nginx, or a table for any other server
    #[arg(long, value_enum, default_value_t = Format::Nginx)]
    format: Format,
    /// Those of one list only, by its GUID
    #[arg(long, value_name = "GUID")]
    list: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Nginx,
    Csv,
}

/// Writes the old addresses of all public articles to standard output.
///
/// # Errors
/// Where the database is not there, nothing public came from the list, or the output is closed.
pub fn run(settings: &Settings, command: &Redirects) -> Result<(), Failure> {
    let canonical = app::addresses(settings)?;
    let database = Connected::to_work(settings)?;
    let form = match command.format {
        Format::Nginx => Form::Nginx,
        Format::Csv => Form::Csv,
    };
    let mut conn = PgConnection::establish(database.url.expose_secret())?;
    let outcome = redirects::write(&mut conn, &canonical, form, command.list, &mut BufWriter::new(io::stdout().lock()));
    drop(conn);
    database.release()?;
    eprintln!("{} old addresses.", outcome?);
    Ok(())
}
