//! What commands share: how they fail, and the log.

use crate::settings::{LogFormat, Settings};

/// What a command may fail with.
pub type Failure = Box<dyn std::error::Error>;

/// Starts the log, on standard error, as the settings have it.
///
/// # Errors
/// Where the filter cannot be read.
pub fn start_log(settings: &Settings) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
