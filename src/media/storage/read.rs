//! Streaming what is kept.

use std::{fmt, io::SeekFrom, ops::Range};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{Key, StorageError, error::from_store};

/// How much is read from a disk at once. The store's own stream takes 8 KiB, each by way of another thread.
const CHUNK: usize = 128 * 1024;

/// Content that is being read. Memory is bounded by one chunk: the next is read when the last was taken.
pub struct Reading {
    /// How many bytes the whole content has.
    pub size: u64,
    /// Which of them follow.
    pub range: Range<u64>,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes, StorageError>>,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("size", &self.size).field("range", &self.range).finish_non_exhaustive()
    }
}

pub(super) async fn read(
    store: &dyn ObjectStore,
    key: &Key,
    range: Option<Range<u64>>,
) -> Result<Reading, StorageError> {
    let path = key.path();
    let start = range.as_ref().map(|range| range.start);
    // Not every service understands numbers as large as "to the end" may be.
    let asked = |range: Range<u64>| {
        if range.end > i64::MAX as u64 { GetRange::Offset(range.start) } else { GetRange::Bounded(range) }
    };
    let options = GetOptions::default().with_range(range.map(asked));
    let found = match store.get_opts(&path, options).await {
        Ok(found) => found,
        Err(error) => {
            // Both backends refuse a range behind the end, each with words of its own.
            let Some(start) = start else { return Err(from_store(error, key)) };
            let size = store.head(&path).await.map_err(|error| from_store(error, key))?.size;
            let behind = start >= size;
            return Err(if behind { StorageError::OutOfRange { size } } else { from_store(error, key) });
        }
    };
    let (size, range) = (found.meta.size, found.range);
    let bytes = match found.payload {
        GetResultPayload::File(file, _) => {
            let mut file = tokio::fs::File::from_std(file);
            file.seek(SeekFrom::Start(range.start)).await?;
            let part = file.take(range.end - range.start);
            ReaderStream::with_capacity(part, CHUNK).map(|chunk| Ok(chunk?)).boxed()
        }
        GetResultPayload::Stream(stream) => {
            let key = key.clone();
            stream.map(move |chunk| chunk.map_err(|error| from_store(error, &key))).boxed()
        }
    };
    Ok(Reading { size, range, bytes })
}
