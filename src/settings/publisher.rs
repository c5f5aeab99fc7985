//! The settings that say who publishes.

use clap::Args;
use url::Url;

/// Who publishes, as search engines and feeds are told.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings for the publisher")]
pub struct PublisherSettings {
    /// What the publisher is called, as search engines are told
    #[arg(long, global = true, env = "TINTUC_PUBLISHER_NAME", value_name = "NAME")]
    pub publisher_name: Option<String>,

    /// Where its sign is, as an http(s) URL of a picture
    #[arg(long, global = true, env = "TINTUC_PUBLISHER_LOGO", value_parser = web_url, value_name = "URL")]
    pub publisher_logo: Option<Url>,
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("not an http(s) URL".to_owned()) }
}
