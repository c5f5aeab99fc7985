//! The settings for feeds, search engines and whoever finds a weakness.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use url::Url;

/// What the site says of itself to programs that are not its own.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings for feeds and search engines")]
pub struct FeedSettings {
    /// What the site is called in feeds
    #[arg(long, global = true, env = "TINTUC_SITE_NAME", default_value = "Tin tức", value_name = "NAME")]
    pub site_name: String,

    /// What it is about, in a sentence
    #[arg(long, global = true, env = "TINTUC_SITE_DESCRIPTION", value_name = "TEXT")]
    pub site_description: Option<String>,

    /// The cover of the podcast, as an http(s) URL: square, JPEG or PNG, 1400 to 3000 pixels wide; unset, it has none, and
    /// some directories do not take it
    #[arg(long, global = true, env = "TINTUC_PODCAST_IMAGE", value_name = "URL")]
    pub podcast_image: Option<Url>,

    /// What directories file the podcast under, by Apple's names
    #[arg(long, global = true, env = "TINTUC_PODCAST_CATEGORY", default_value = "News", value_name = "NAME")]
    pub podcast_category: String,

    /// Whether search engines may list the site
    #[arg(long, global = true, env = "TINTUC_INDEXING", default_value = "on", value_name = "ON/OFF")]
    pub indexing: Indexing,

    /// How many addresses a sitemap holds at most; of more articles there is a sitemap for each month
    #[arg(long, global = true, env = "TINTUC_SITEMAP_SIZE", default_value_t = 50_000, value_name = "NUMBER",
          value_parser = clap::value_parser!(u16).range(1..=50_000))]
    pub sitemap_size: u16,

    /// Whom to tell of a weakness of the site, as URIs (mailto:, https:, tel:), separated by commas: makes
    /// /.well-known/security.txt
    #[arg(long, global = true, env = "TINTUC_SECURITY_CONTACT", value_delimiter = ',', value_name = "URIS")]
    pub security_contact: Vec<Url>,

    /// Until when that is right, such as 2027-06-30T00:00:00Z; at most a year ahead is good practice
    #[arg(long, global = true, env = "TINTUC_SECURITY_EXPIRES", value_name = "TIME")]
    pub security_expires: Option<DateTime<Utc>>,

    /// How reports are dealt with, as an https URL
    #[arg(long, global = true, env = "TINTUC_SECURITY_POLICY", value_name = "URL")]
    pub security_policy: Option<Url>,
}

/// Whether search engines may list the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Indexing {
    /// They may.
    On,
    /// They are told not to: for sites that are tried out.
    Off,
}
