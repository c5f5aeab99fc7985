//! Work for other threads than the async ones.

use super::StorageError;

/// Runs work that waits for a disk, or computes, off the async threads.
pub(super) async fn blocking<T, F>(work: F) -> Result<T, StorageError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StorageError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(StorageError::other)?
}
