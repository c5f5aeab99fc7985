//! Where media are kept, as the settings say it.

use std::{path::PathBuf, str::FromStr};

use url::Url;

/// Where media are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of S3-compatible storage, and what the names in it begin with.
    Bucket {
        /// The bucket.
        bucket: String,
        /// The prefix; may be empty.
        prefix: String,
    },
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLocation {
    /// A URL of another kind.
    #[error("`{0}:` is not supported; name a folder or s3://bucket/prefix")]
    Scheme(String),
    /// A URL that cannot be understood.
    #[error("should be a folder or s3://bucket/prefix")]
    Form,
}

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        if text.is_empty() {
            return Err(InvalidLocation::Form);
        }
        if !text.contains("://") {
            // A service that leaves root also leaves the folder it was started in.
            return std::path::absolute(text).map(Self::Folder).map_err(|_| InvalidLocation::Form);
        }
        let url = Url::parse(text).map_err(|_| InvalidLocation::Form)?;
        match (url.scheme(), url.host_str()) {
            ("file", None) => url.to_file_path().map(Self::Folder).map_err(|()| InvalidLocation::Form),
            // Keys, ports and options have settings of their own.
            ("s3", Some(bucket)) if url.authority() == bucket && url.query().is_none() && url.fragment().is_none() => {
                let prefix = url.path().trim_matches('/');
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
                if prefix.bytes().all(plain) && !prefix.contains("//") {
                    Ok(Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
                } else {
                    Err(InvalidLocation::Form)
                }
            }
            ("file" | "s3", _) => Err(InvalidLocation::Form),
            (other, _) => Err(InvalidLocation::Scheme(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_by_path_or_url() {
        for text in ["/srv/media", "file:///srv/media"] {
            assert_eq!(text.parse(), Ok(Location::Folder("/srv/media".into())));
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!("media".parse(), Ok(Location::Folder(here.join("media"))));
    }

    #[test]
    fn a_bucket_is_named_with_or_without_prefix() {
        let bucket = |prefix: &str| Ok(Location::Bucket { bucket: "tin-tuc".into(), prefix: prefix.into() });
        assert_eq!("s3://tin-tuc".parse(), bucket(""));
        assert_eq!("s3://tin-tuc/".parse(), bucket(""));
        assert_eq!("s3://tin-tuc/a/b/".parse(), bucket("a/b"));
    }

    #[test]
    fn what_would_be_misunderstood_is_refused() {
        assert_eq!("gs://b".parse::<Location>(), Err(InvalidLocation::Scheme("gs".into())));
        for text in ["", "s3://", "s3://key:secret@b", "s3://b:1", "s3://b?region=x", "s3://b/a b", "file://host/a"] {
            assert_eq!(text.parse::<Location>(), Err(InvalidLocation::Form), "{text}");
        }
    }
}
