//! What commands share: how they fail, and the log.

use std::fmt::Debug;

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

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
        LogFormat::Text => {
            log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).finish().with(NotOurs).init();
        }
        LogFormat::Json => log.json().finish().with(NotOurs).init(),
    }
    Ok(())
}

/// Leaves out what the HTTP library tells as an error though nobody here has to act: bytes from somewhere that are no HTTP.
struct NotOurs;

impl<S: Subscriber> Layer<S> for NotOurs {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        if event.metadata().target() != "actix_http::h1::dispatcher" {
            return true;
        }
        let mut said = Said(String::new());
        event.record(&mut said);
        !said.0.contains("request parse error")
    }
}

/// What an event says.
struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
