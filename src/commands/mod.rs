//! What the program can be told to do.

pub mod create_user;
pub mod database;
pub mod failure;
pub mod import;
pub mod media;
pub mod migrate;
pub mod openapi;
pub mod seed;
pub mod serve;

use clap::{Parser, Subcommand};

use failure::Failure;

use crate::{db, settings::Settings};

/// A headless news API: articles, approval workflow, versions and publication over PostgreSQL.
#[derive(Parser, Debug)]
#[command(name = "tintuc", version, about)]
pub struct Cli {
    /// What to do; `serve` where nothing is named
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the service (what happens without a command)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Make a user; the password comes from TINTUC_PASSWORD or is asked for
    CreateUser(create_user::NewUser),
    /// Look after the media storage
    Media(media::MediaCommand),
    /// Take over what another system holds
    Import(import::ImportCommand),
    /// Fill a database with a corpus of believable news, for demos and load tests, or add one to what is there
    Seed(seed::Corpus),
    /// Print the OpenAPI document
    Openapi(openapi::Check),
}

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let settings = cli.settings.settled()?;
    db::init();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings),
        Command::Migrate => migrate::run(&settings),
        Command::CreateUser(user) => create_user::run(&settings, &user),
        Command::Media(command) => media::run(&settings, &command),
        Command::Import(command) => import::run(&settings, &command),
        Command::Seed(corpus) => seed::run(&settings, &corpus),
        Command::Openapi(check) => openapi::run(&check),
    }
}
