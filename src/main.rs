//! Reads the command line and does what it says.

use std::process::ExitCode;

use tintuc::{commands, settings};

fn main() -> ExitCode {
    // Nothing may start a thread before the command had its chance to leave root.
    let outcome = settings::read::<commands::Cli>().and_then(commands::run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("tintuc: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
