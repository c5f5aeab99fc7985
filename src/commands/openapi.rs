//! `tintuc openapi`: prints the document that `/api/openapi.json` answers, or checks a copy of it.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;

/// What to do with the document.
#[derive(Args, Debug)]
pub struct Check {
    /// Compare with this file instead of printing
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Where the file differs or cannot be read.
pub fn run(check: &Check) -> Result<(), Failure> {
    let document = text()?;
    match &check.check {
        None => print!("{document}"),
        Some(file) if std::fs::read_to_string(file)? == document => {}
        Some(file) => {
            let file = file.display();
            return Err(format!("{file} is not what the code generates; run `tintuc openapi > {file}`").into());
        }
    }
    Ok(())
}

/// The document as text.
///
/// # Errors
/// Where it does not serialise.
pub fn text() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&crate::server::document()).map(|text| text + "\n")
}
