//! Every setting, its default and its meaning, once. They come from flags, from `TINTUC_*` variables and from
//! `tintuc.toml`, in that order.

mod feeds;
pub mod location;
mod media;
mod oidc;
mod portal;
mod publisher;
mod secret;
mod webhooks;

use std::{net::SocketAddr, num::NonZeroU16, path::PathBuf};

use bytesize::ByteSize;
use clap::{Args, Command, CommandFactory, FromArgMatches, ValueEnum};
use secrecy::SecretString;
use url::Url;

use crate::settings::{location::Location, secret::secret};

pub use feeds::{FeedSettings, Indexing};
pub use media::{MediaSettings, S3Addressing};
pub use oidc::OidcSettings;
pub use portal::PortalChoice;
pub use publisher::PublisherSettings;
pub use webhooks::WebhookSettings;

/// The settings of the service.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Where to listen
    #[arg(long, global = true, env = "TINTUC_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Where the signing key, local media and the embedded database are kept
    /// [default: /var/lib/tintuc for root, else $XDG_DATA_HOME/tintuc or ~/.local/share/tintuc]
    #[arg(long, global = true, env = "TINTUC_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// The PostgreSQL database, as a postgres:// URL; unset, an embedded server is run in the data directory
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_parser = secret, value_name = "URL")]
    pub database_url: Option<SecretString>,

    /// The same database, or a hot standby of it, under the read-only role of the public side; unset, Tintuc makes
    /// such a role for itself
    #[arg(
        long,
        global = true,
        env = "TINTUC_DELIVERY_DATABASE_URL",
        hide_env_values = true,
        value_parser = secret,
        value_name = "URL"
    )]
    pub delivery_database_url: Option<SecretString>,

    /// How many connections each side may have to the database
    #[arg(long, global = true, env = "TINTUC_DATABASE_CONNECTIONS", default_value_t = 10, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// After how many seconds a question of the public side to the database is given up, and answered with 503
    #[arg(long, global = true, env = "TINTUC_PUBLIC_TIMEOUT", default_value_t = 5, value_name = "SECONDS",
          value_parser = clap::value_parser!(u16).range(1..=600))]
    pub public_timeout: u16,

    /// The same for the management side
    #[arg(long, global = true, env = "TINTUC_MANAGEMENT_TIMEOUT", default_value_t = 10, value_name = "SECONDS",
          value_parser = clap::value_parser!(u16).range(1..=600))]
    pub management_timeout: u16,

    /// How much memory public answers may take that are kept to be sent again
    #[arg(long, global = true, env = "TINTUC_CACHE_SIZE", default_value = "64MB", value_name = "SIZE")]
    pub cache_size: ByteSize,

    /// The Ed25519 key that signs access tokens, in PKCS#8 PEM; made where there is none
    /// [default: signing-key.pem in the data directory]
    #[arg(long, global = true, env = "TINTUC_SIGNING_KEY_FILE", value_name = "FILE")]
    pub signing_key_file: Option<PathBuf>,

    /// Where the site is, as an http(s) URL; makes links absolute
    #[arg(long, global = true, env = "TINTUC_SITE_URL", value_name = "URL")]
    pub site_url: Option<Url>,

    /// The pages that people read articles at, with {site}, {category}, {id} and {slug} for what they are made of; a new
    /// category or slug is a new address where it is named [default: {site}/portal/bai-viet/{slug} where the portal is
    /// on, else {site}/api/v1/articles/{slug}]
    #[arg(long, global = true, env = "TINTUC_ARTICLE_URL", value_name = "TEMPLATE")]
    pub article_url: Option<String>,

    /// Whether a portal is shown at /portal/, to which / leads: on is the one that comes with the program, a folder one of
    /// your own [default: on with the embedded database, off with DATABASE_URL]
    #[arg(long, global = true, env = "TINTUC_PORTAL", value_name = "ON/OFF/FOLDER")]
    pub portal: Option<PortalChoice>,

    /// Whether it is bounded how often one network or key may ask, try to sign in and count views
    #[arg(long, global = true, env = "TINTUC_RATE_LIMIT", default_value = "on", value_name = "ON/OFF")]
    pub rate_limit: RateLimit,

    /// The roles whose holders have to set up a second factor before anything else, separated by commas
    #[arg(long, global = true, env = "TINTUC_REQUIRE_TOTP", value_delimiter = ',', value_name = "ROLES")]
    pub require_totp: Vec<String>,

    /// How many visitors of one network (IPv4 /24, IPv6 /48) count for an article in half an hour
    #[arg(long, global = true, env = "TINTUC_VIEWS_PER_ADDRESS", default_value = "60", value_name = "NUMBER")]
    pub views_per_address: NonZeroU16,

    /// The origins from which browsers may use the management API, separated by commas
    #[arg(long, global = true, env = "TINTUC_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGINS")]
    pub cors_origins: Vec<String>,

    /// Hosts whose players bodies may embed, besides YouTube and Vimeo, separated by commas; never the host of the site
    /// itself, whose pages would be let out of their sandbox
    #[arg(long, global = true, env = "TINTUC_EMBED_HOSTS", value_delimiter = ',', value_name = "HOSTS")]
    pub embed_hosts: Vec<String>,

    /// How many proxies in front add to X-Forwarded-For; 0 means that clients connect directly
    #[arg(long, global = true, env = "TINTUC_TRUSTED_PROXIES", default_value_t = 0, value_name = "NUMBER")]
    pub trusted_proxies: u8,

    /// After how many days it is forgotten who did what
    #[arg(long, global = true, env = "TINTUC_AUDIT_RETENTION", default_value_t = 1825, value_name = "DAYS",
          value_parser = clap::value_parser!(u16).range(30..))]
    pub audit_retention: u16,

    /// For how many days partners may be away before they have to begin anew
    #[arg(long, global = true, env = "TINTUC_SYNC_RETENTION", default_value_t = 90, value_name = "DAYS",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub sync_retention: u16,

    /// After how many days an article in the trash is purged; 0 leaves that to administrators
    #[arg(long, global = true, env = "TINTUC_TRASH_RETENTION", default_value_t = 93, value_name = "DAYS")]
    pub trash_retention: u16,

    /// Whether articles that were ever public are kept, in the trash too, whoever wants to purge them
    #[arg(long, global = true, env = "TINTUC_KEEP_PUBLISHED", default_value = "on", value_name = "ON/OFF")]
    pub keep_published: KeepPublished,

    /// What to log: a level, or directives as tracing-subscriber reads them
    #[arg(long, global = true, env = "TINTUC_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    /// How to log: for people or for machines
    #[arg(long, global = true, env = "TINTUC_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// What the site says of itself to programs that are not its own
    #[command(flatten)]
    pub feeds: FeedSettings,

    /// Who else says who people are
    #[command(flatten)]
    pub oidc: OidcSettings,

    /// Who publishes
    #[command(flatten)]
    pub publisher: PublisherSettings,

    /// Whom webhooks may reach
    #[command(flatten)]
    pub webhooks: WebhookSettings,

    /// Where media are kept, and how large they may be
    #[command(flatten)]
    pub media: MediaSettings,
}

/// Whether it is bounded how often one network or key may ask, try to sign in and count views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RateLimit {
    /// They are.
    On,
    /// They are not: for tests and load tests.
    Off,
}

/// Whether articles that were ever public are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeepPublished {
    /// They are.
    On,
    /// They can be purged like others.
    Off,
}

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

impl Settings {
    /// The settings where nothing is set, whatever the environment says.
    pub fn defaults() -> Self {
        let command = Self::augment_args(Command::new("tintuc")).mut_args(|argument| argument.env(None::<&str>));
        let matches = command.get_matches_from(["tintuc"]);
        #[expect(clippy::expect_used, reason = "every setting has a default or is optional; a test reads them")]
        Self::from_arg_matches(&matches).expect("defaults")
    }

    /// The data directory, set or by default.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(crate::privileges::default_data_dir)
    }

    /// Whose portal is shown, set or by default.
    pub fn portal(&self) -> PortalChoice {
        let is_embedded = self.database_url.is_none();
        self.portal.clone().unwrap_or(if is_embedded { PortalChoice::On } else { PortalChoice::Off })
    }

    /// The same settings with the data directory decided, once and for all: its default depends on who runs the
    /// program and from where, and both change when root is left.
    ///
    /// # Errors
    /// Where the working directory is gone.
    pub fn settled(mut self) -> std::io::Result<Self> {
        self.data_dir = Some(std::path::absolute(self.data_dir())?);
        Ok(self)
    }

    /// How many visitors of one network count for an article in half an hour; none where nobody is bounded.
    pub fn bound_of_views(&self) -> Option<NonZeroU16> {
        (self.rate_limit == RateLimit::On).then_some(self.views_per_address)
    }

    /// The file of the signing key, set or by default.
    pub fn signing_key_file(&self) -> PathBuf {
        self.signing_key_file.clone().unwrap_or_else(|| self.data_dir().join("signing-key.pem"))
    }

    /// Where media are kept, set or by default.
    pub fn media_location(&self) -> Location {
        self.media.media_storage.clone().unwrap_or_else(|| Location::Folder(self.data_dir().join("media")))
    }
}

/// Reads the command line of `C`, with the values of `tintuc.toml` (or the file that `TINTUC_CONFIG` names) as the
/// defaults of its settings: so flags and variables outrank the file, and `--help` shows what holds.
///
/// # Errors
/// Where the file cannot be read or names something that is no setting.
pub fn read<C: CommandFactory + FromArgMatches>() -> Result<C, Box<dyn std::error::Error>> {
    let named = std::env::var_os("TINTUC_CONFIG").map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from("tintuc.toml"));
    let command = match std::fs::read_to_string(&path) {
        Ok(file) => with_file(C::command(), &file).map_err(|error| format!("{}: {error}", path.display()))?,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => C::command(),
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    Ok(C::from_arg_matches(&command.get_matches())?)
}

fn with_file(mut command: Command, file: &str) -> Result<Command, String> {
    let settings: Vec<String> = Settings::augment_args(Command::new(""))
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    let table: toml::Table = file.parse().map_err(|error: toml::de::Error| error.to_string())?;
    for (name, value) in table {
        if !settings.contains(&name) {
            return Err(format!("`{name}` is no setting; there are {}", settings.join(", ")));
        }
        let values = match value {
            toml::Value::Array(items) => items.into_iter().map(plain).collect::<Result<Vec<_>, _>>()?,
            single => vec![plain(single)?],
        };
        command = command.mut_arg(name, |argument| argument.default_values(values));
    }
    Ok(command)
}

fn plain(value: toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(truth) => Ok(truth.to_string()),
        other => Err(format!("`{other}` should be text, a number, true or false")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn parsed(file: &str, arguments: &[&str]) -> Settings {
        let command = with_file(Line::command(), file).expect("a settings file");
        let matches = command.try_get_matches_from([&["tintuc"], arguments].concat()).expect("arguments");
        Line::from_arg_matches(&matches).expect("settings").settings
    }

    #[test]
    fn a_flag_outranks_the_file_and_the_file_the_default() {
        let file = "trusted_proxies = 2\ncors_origins = [\"https://a.example\", \"https://b.example\"]";
        let settings = parsed(file, &["--listen", "127.0.0.1:9"]);
        assert_eq!((settings.trusted_proxies, settings.cors_origins.len()), (2, 2));
        assert_eq!(settings.listen.port(), 9);
        assert_eq!(parsed(file, &["--trusted-proxies", "1"]).trusted_proxies, 1);
    }

    #[test]
    fn media_have_settings_of_their_own() {
        let file = "media_storage = \"s3://tin-tuc/media\"\nmedia_max_image = 5000000";
        let settings = parsed(file, &["--media-max-audio", "1GB", "--data-dir", "/d"]);
        let bucket = Location::Bucket { bucket: "tin-tuc".into(), prefix: "media".into() };
        assert_eq!(settings.media_location(), bucket);
        let limits =
            [settings.media.media_max_image, settings.media.media_max_audio, settings.media.media_max_document];
        assert_eq!(limits.map(|size| size.as_u64()), [5_000_000, 1_000_000_000, 100_000_000]);
        assert_eq!(parsed("", &["--data-dir", "/d"]).media_location(), Location::Folder("/d/media".into()));
    }

    #[test]
    fn the_data_directory_is_decided_once() {
        let settled = |arguments: &[&str]| parsed("", arguments).settled().expect("settings").data_dir;
        assert_eq!(settled(&[]), Some(std::path::absolute(crate::privileges::default_data_dir()).expect("a path")));
        assert!(settled(&["--data-dir", "here"]).is_some_and(|path| path.is_absolute() && path.ends_with("here")));
    }

    #[test]
    fn a_name_that_is_no_setting_is_refused() {
        let error = with_file(Line::command(), "listne = \"x\"").expect_err("refused");
        assert!(error.contains("listne") && error.contains("listen"), "{error}");
    }
}
