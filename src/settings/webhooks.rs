//! The settings for webhooks.

use clap::{ArgAction, Args};

/// Whom webhooks may reach, and how long it is kept what they were told.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings for webhooks")]
pub struct WebhookSettings {
    /// Whether webhooks may go to addresses that are not public: receivers in the same network, and tests
    #[arg(long, global = true, env = "TINTUC_WEBHOOK_ALLOW_PRIVATE", default_value_t = false, value_name = "TRUE/FALSE",
          action = ArgAction::Set)]
    pub webhook_allow_private: bool,

    /// After how many days it is forgotten what receivers were told, and what still waits for them
    #[arg(long, global = true, env = "TINTUC_WEBHOOK_RETENTION", default_value_t = 30, value_name = "DAYS",
          value_parser = clap::value_parser!(u16).range(2..))]
    pub webhook_retention: u16,
}
