//! What can go wrong.

use std::{error::Error, io, path::Path};

use super::Key;

type Cause = Box<dyn Error + Send + Sync>;

/// Why storage did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is nothing under the key.
    #[error("there is nothing under {0}")]
    NotFound(Key),
    /// The range begins at the end of the content or behind it.
    #[error("the range begins behind the end, at {size} bytes")]
    OutOfRange {
        /// How many bytes there are.
        size: u64,
    },
    /// There is no room left.
    #[error("no room is left: {0}")]
    Full(#[source] Cause),
    /// The service that stores does not answer as it should; it may do so later.
    #[error("the storage service does not answer: {0}")]
    Unavailable(#[source] Cause),
    /// Anything else: a disk that fails, keys that are wrong.
    #[error("storage fails: {0}")]
    Other(#[source] Cause),
}

impl StorageError {
    pub(super) fn other(cause: impl Into<Cause>) -> Self {
        Self::Other(cause.into())
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::Full(error.into()) } else { Self::Other(error.into()) }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// An error of the file system that says where.
pub(super) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// What an error about one key means.
pub(super) fn from_store(error: object_store::Error, key: &Key) -> StorageError {
    match error {
        object_store::Error::NotFound { .. } => StorageError::NotFound(key.clone()),
        other => failed(other),
    }
}

/// What an error means that is about no key.
pub(super) fn failed(error: object_store::Error) -> StorageError {
    let object_store::Error::Generic { store, .. } = &error else { return StorageError::other(error) };
    // S3 itself is never full; what speaks its language on one's own disks can be, and says so in one of these ways.
    let says_full =
        |text: &str| ["StorageFull", "QuotaExceeded", "507 Insufficient"].iter().any(|sign| text.contains(sign));
    if caused_by_full(&error) || says_full(&error.to_string()) {
        StorageError::Full(error.into())
    } else if *store == "S3" {
        // Refused or broken connections, time limits, answers in the 500s: after retries.
        StorageError::Unavailable(error.into())
    } else {
        StorageError::other(error)
    }
}

fn caused_by_full(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(is_full) || error.source().is_some_and(caused_by_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(store: &'static str, source: impl Into<Cause>) -> StorageError {
        failed(object_store::Error::Generic { store, source: source.into() })
    }

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let error = |kind| io::Error::from(kind);
        assert!(matches!(StorageError::from(error(io::ErrorKind::StorageFull)), StorageError::Full(_)));
        let told = at(Path::new("/a"), &io::Error::from_raw_os_error(28));
        assert!(matches!(StorageError::from(told), StorageError::Full(_)));
        assert!(matches!(StorageError::from(error(io::ErrorKind::PermissionDenied)), StorageError::Other(_)));
    }

    #[test]
    fn a_service_that_is_full_is_told_from_one_that_is_away() {
        let full = "Server returned non-2xx status code: 507 Insufficient Storage: <Code>XMinioStorageFull</Code>";
        assert!(matches!(generic("S3", full), StorageError::Full(_)));
        assert!(matches!(generic("S3", "connection refused"), StorageError::Unavailable(_)));
        assert!(matches!(generic("LocalFileSystem", "input/output error"), StorageError::Other(_)));
    }
}
