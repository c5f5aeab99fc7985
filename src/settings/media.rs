//! The settings for media.

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use secrecy::SecretString;
use url::Url;

use super::location::Location;
use super::secret::secret;

/// Where media are kept, how large they may be and how long they stay.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings for media")]
pub struct MediaSettings {
    /// Where media are kept: a folder, or s3://bucket/prefix [default: media in the data directory]
    #[arg(long, global = true, env = "TINTUC_MEDIA_STORAGE", value_name = "FOLDER/URL")]
    pub media_storage: Option<Location>,

    /// The S3-compatible service, as an http(s) URL; unset, Amazon's
    #[arg(long, global = true, env = "TINTUC_MEDIA_S3_ENDPOINT", value_name = "URL")]
    pub media_s3_endpoint: Option<Url>,

    /// The region of the bucket; services other than Amazon's mostly take any
    #[arg(long, global = true, env = "TINTUC_MEDIA_S3_REGION", default_value = "us-east-1", value_name = "REGION")]
    pub media_s3_region: String,

    /// The access key for the bucket; unset, AWS_* variables or the role of the machine count
    #[arg(long, global = true, env = "TINTUC_MEDIA_S3_ACCESS_KEY", hide_env_values = true, value_parser = secret,
          value_name = "KEY")]
    pub media_s3_access_key: Option<SecretString>,

    /// The secret key that belongs to the access key
    #[arg(long, global = true, env = "TINTUC_MEDIA_S3_SECRET_KEY", hide_env_values = true, value_parser = secret,
          value_name = "KEY")]
    pub media_s3_secret_key: Option<SecretString>,

    /// Where the bucket's name stands in requests
    #[arg(long, global = true, env = "TINTUC_MEDIA_S3_ADDRESSING", default_value = "path", value_name = "PLACE")]
    pub media_s3_addressing: S3Addressing,

    /// How large an uploaded picture may be, such as 30MB or 30000000
    #[arg(long, global = true, env = "TINTUC_MEDIA_MAX_IMAGE", default_value = "30MB", value_name = "BYTES")]
    pub media_max_image: ByteSize,

    /// How large an uploaded recording may be
    #[arg(long, global = true, env = "TINTUC_MEDIA_MAX_AUDIO", default_value = "300MB", value_name = "BYTES")]
    pub media_max_audio: ByteSize,

    /// How large an uploaded video may be
    #[arg(long, global = true, env = "TINTUC_MEDIA_MAX_VIDEO", default_value = "500MB", value_name = "BYTES")]
    pub media_max_video: ByteSize,

    /// How large an uploaded document may be
    #[arg(long, global = true, env = "TINTUC_MEDIA_MAX_DOCUMENT", default_value = "100MB", value_name = "BYTES")]
    pub media_max_document: ByteSize,

    /// After how many days a file is purged that nothing uses
    #[arg(long, global = true, env = "TINTUC_MEDIA_RETENTION", default_value_t = 30, value_name = "DAYS",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub media_retention: u16,
}

/// Where the name of an S3 bucket stands in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum S3Addressing {
    /// In the path, which all services understand.
    Path,
    /// In front of the host name.
    Host,
}
