//! `tintuc create-user`: makes the first user, and any other.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::{database::Connected, failure::Failure};
use crate::{
    access::{
        password,
        people::{self, RoleAt},
    },
    db::{Newsroom, migrations},
    http::texts::Language,
    settings::Settings,
};

/// A user to make.
#[derive(Args, Debug)]
pub struct NewUser {
    /// The address to sign in with
    #[arg(long)]
    email: String,
    /// The name that others see
    #[arg(long)]
    name: String,
    /// A role on the whole site, or with `@category-slug` on that category and all below it; may repeat
    #[arg(long = "role", value_name = "ROLE[@CATEGORY]", required = true)]
    roles: Vec<RoleAt>,
    /// Let the user override the four-eyes rule, which no role does
    #[arg(long)]
    four_eyes_override: bool,
}

/// Runs the command.
///
/// # Errors
/// Where the database is not there, or does not take the user.
pub fn run(settings: &Settings, user: &NewUser) -> Result<(), Failure> {
    let password = match std::env::var("TINTUC_PASSWORD") {
        Ok(password) => SecretString::from(password),
        Err(_) => rpassword::prompt_password(format!("Password for {}: ", user.email))?.into(),
    };
    password::acceptable(&password).map_err(|message| format!("password: {}", message.in_language(Language::En)))?;
    let hash = password::hash(&password).map_err(|error| error.to_string())?;
    let database = Connected::to_work(settings)?;
    let outcome = migrations::run(database.url.expose_secret()).map_err(Failure::from).and_then(|_| {
        let pool = Newsroom::open(&database.url, 1, None)?;
        Ok(pool.transaction_here(|tx| {
            people::make(tx, &user.email, &user.name, &hash, &user.roles, user.four_eyes_override)
        })?)
    });
    database.release()?;
    println!("Made {} ({}).", user.email, outcome?);
    Ok(())
}
