//! `tintuc import`: takes over what another system holds, and writes where its addresses lead now.

mod inspect;
mod redirects;
mod sharepoint;

use clap::{Args, Subcommand};

use super::failure::Failure;
use crate::settings::Settings;

/// What to take over, and from where.
#[derive(Args, Debug)]
pub struct ImportCommand {
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand, Debug)]
enum From {
    /// A SharePoint list of the content type "Tin Tức Mở Rộng", as it was exported: whole, once and again
    #[command(subcommand)]
    Sharepoint(sharepoint::SharePoint),
    /// Write the old addresses of all public articles and where they lead, for a server in front
    Redirects(redirects::Redirects),
}

/// Runs the command.
///
/// # Errors
/// What the command says is wrong.
pub fn run(settings: &Settings, command: &ImportCommand) -> Result<(), Failure> {
    match &command.from {
        From::Sharepoint(command) => sharepoint::run(settings, command),
        From::Redirects(command) => redirects::run(settings, command),
    }
}
