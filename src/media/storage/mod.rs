//! The place where bytes live: a folder of this machine, or a bucket of S3-compatible storage.
//!
//! An upload goes through two steps. [`Storage::receive`] streams it into the spool, a local folder, where it can be
//! looked at; [`Storage::keep`] gives it a place under its own digest, for good. What happens in between may fail or be
//! killed at any moment: under a key there is a whole file or none, and [`Storage::clean_spool`] finds the rest.
//!
//! | file | what it holds |
//! |---|---|
//! | `key` | digests, and the names under which things are kept |
//! | `spool` | local files that last only as long as somebody holds them |
//! | `receive`, `read` | streams in and out |
//! | `source` | what is put in its place |
//! | `folder`, `bucket` | putting it there, on a disk and in S3 |
//! | `blocking` | waiting for a disk off the async threads |

mod blocking;
mod bucket;
mod error;
mod folder;
mod key;
mod read;
mod receive;
mod source;
mod spool;

use std::{ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest as _, Sha256};

use super::storage::{blocking::blocking, error::from_store, folder::Folder, source::Source, spool::Spool};
use crate::settings::{Settings, location::Location};

pub use {
    error::StorageError,
    key::{Area, Digest, InvalidDigest, InvalidKey, Key},
    read::Reading,
    receive::{ReceiveError, Received},
    spool::Scratch,
};

/// The place where bytes live. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Reads and lists, the same way for both backends.
    store: Arc<dyn ObjectStore>,
    backend: Backend,
    spool: Spool,
}

/// Writing differs: a disk has to be told when something is to last.
#[derive(Clone, Debug)]
enum Backend {
    Folder(Folder),
    Bucket,
}

/// Whether something new had to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It had.
    New,
    /// The same content is there already.
    Already,
}

/// Something that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub key: Key,
    /// How many bytes it has.
    pub size: u64,
    /// When it was written.
    pub modified: DateTime<Utc>,
}

/// What re-reading something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what it should be.
    Sound,
    /// There is nothing under the key.
    Missing,
    /// It is something else.
    Damaged {
        /// What it is.
        digest: Digest,
        /// How many bytes that has.
        size: u64,
    },
}

impl Storage {
    /// Opens the storage that the settings name. A folder is made where there is none; a bucket is not asked for yet.
    ///
    /// # Errors
    /// Where folders cannot be made, or the settings of a bucket make no sense.
    pub fn open(settings: &Settings) -> Result<Self, StorageError> {
        match settings.media_location() {
            Location::Folder(root) => {
                let folder = Folder::open(&root)?;
                // Beside what is kept, and so on the same disk: nothing has to be copied.
                let spool = Spool::open(&root.join("spool"))?;
                Ok(Self { store: Arc::new(folder.store()?), backend: Backend::Folder(folder), spool })
            }
            Location::Bucket { bucket, prefix } => {
                let spool = Spool::open(&settings.data_dir().join("spool"))?;
                let store = bucket::open(&bucket, &prefix, &settings.media)?;
                Ok(Self { store: Arc::new(store), backend: Backend::Bucket, spool })
            }
        }
    }

    /// Streams an upload of at most `limit` bytes into the spool, with bounded memory. Where that fails, or the returned
    /// future or [`Received`] is dropped, nothing stays behind.
    ///
    /// # Errors
    /// See [`ReceiveError`].
    pub async fn receive<E>(
        &self,
        chunks: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<Received, ReceiveError<E>> {
        receive::receive(&self.spool, chunks, limit).await
    }

    /// An empty file in the spool, for work on the way to [`Self::keep`]. It is gone when dropped.
    ///
    /// # Errors
    /// Where the disk is full or fails.
    pub async fn scratch(&self) -> Result<Scratch, StorageError> {
        let spool = self.spool.clone();
        blocking(move || Ok(spool.create()?.0)).await
    }

    /// Keeps a file under `digest`, which has to be its own. Content that is there already, in the same size, is left
    /// as it is. Once this returns, the content is durable; the file itself is not needed any longer, and must not be
    /// written to if it came from the spool, for it may have become the kept one.
    ///
    /// # Errors
    /// Where storage is full, fails or does not answer.
    pub async fn keep(&self, file: &Path, digest: &Digest) -> Result<Kept, StorageError> {
        let key = Key::content(*digest);
        let path = file.to_owned();
        let size = tokio::fs::metadata(file).await.map_err(|error| error::at(file, &error))?.len();
        if self.find(&key).await? == Some(size) {
            if let Backend::Folder(folder) = &self.backend {
                // Whoever wrote it may not have come to that yet.
                let folder = folder.clone();
                blocking(move || folder.make_last(&key)).await?;
            }
            return Ok(Kept::Already);
        }
        self.place(key, Source::File(path)).await?;
        Ok(Kept::New)
    }

    /// Keeps bytes under a key, in place of what may be there.
    ///
    /// # Errors
    /// Where storage is full, fails or does not answer.
    pub async fn keep_bytes(&self, key: &Key, bytes: Bytes) -> Result<(), StorageError> {
        self.place(key.clone(), Source::Bytes(bytes)).await
    }

    async fn place(&self, key: Key, source: Source) -> Result<(), StorageError> {
        match &self.backend {
            Backend::Folder(folder) => {
                let (folder, spool) = (folder.clone(), self.spool.clone());
                blocking(move || folder.place(&spool, &key, &source)).await
            }
            Backend::Bucket => {
                // In a task of its own: when the caller goes away, an upload in parts still ends in one way or the other.
                let store = Arc::clone(&self.store);
                tokio::spawn(async move { bucket::place(&*store, &key, source).await })
                    .await
                    .map_err(StorageError::other)?
            }
        }
    }

    /// Reads what is under a key, or the part of it inside `range` (cut off at its end).
    ///
    /// # Errors
    /// Where there is nothing, the range begins behind its end, or storage fails.
    pub async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Reading, StorageError> {
        read::read(&*self.store, key, range).await
    }

    /// All of what is under a key, for what is known to be small.
    ///
    /// # Errors
    /// Where there is nothing, or storage fails.
    pub async fn read_whole(&self, key: &Key) -> Result<Bytes, StorageError> {
        let chunks: Vec<Bytes> = self.read(key, None).await?.bytes.try_collect().await?;
        Ok(match <[Bytes; 1]>::try_from(chunks) {
            Ok([only]) => only,
            Err(several) => several.concat().into(),
        })
    }

    /// How many bytes there are under a key.
    ///
    /// # Errors
    /// Where there is nothing, or storage fails.
    pub async fn size(&self, key: &Key) -> Result<u64, StorageError> {
        self.find(key).await?.ok_or_else(|| StorageError::NotFound(key.clone()))
    }

    /// Whether there is something under a key.
    ///
    /// # Errors
    /// Where storage fails.
    pub async fn exists(&self, key: &Key) -> Result<bool, StorageError> {
        Ok(self.find(key).await?.is_some())
    }

    async fn find(&self, key: &Key) -> Result<Option<u64>, StorageError> {
        match self.store.head(&key.path()).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(from_store(error, key)),
        }
    }

    /// Removes what is under a key, if anything is. Content belongs to whoever uploaded the same bytes: only the
    /// database knows whether anyone still does, and it has to hold off new ones meanwhile.
    ///
    /// # Errors
    /// Where storage fails.
    pub async fn delete(&self, key: &Key) -> Result<(), StorageError> {
        if let Backend::Folder(folder) = &self.backend {
            let (folder, key) = (folder.clone(), key.clone());
            return blocking(move || folder.remove(&key)).await;
        }
        match self.store.delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(from_store(error, key)),
        }
    }

    /// All that is kept in an area, in no order. Whatever has no name of ours is passed over.
    pub fn list(&self, area: Area) -> BoxStream<'static, Result<Stored, StorageError>> {
        self.list_under(&area.path())
    }

    /// What was made from the content with this digest.
    pub fn renditions_of(&self, digest: &Digest) -> BoxStream<'static, Result<Stored, StorageError>> {
        let digest = *digest;
        let beside = self.list_under(&Key::renditions_folder(&digest));
        beside
            .filter(move |entry| {
                let ours = entry.as_ref().map_or(true, |stored| *stored.key.digest() == digest);
                std::future::ready(ours)
            })
            .boxed()
    }

    fn list_under(&self, folder: &object_store::path::Path) -> BoxStream<'static, Result<Stored, StorageError>> {
        let entries = self.store.list(Some(folder));
        let stored = entries.filter_map(|entry| async {
            match entry {
                Ok(meta) => {
                    let key = meta.location.as_ref().parse().ok()?;
                    Some(Ok(Stored { key, size: meta.size, modified: meta.last_modified }))
                }
                // An entry that went while it was looked at.
                Err(object_store::Error::NotFound { .. }) => None,
                Err(error) => Some(Err(error::failed(error))),
            }
        });
        stored.boxed()
    }

    /// Reads what is under a key from end to end, and compares.
    ///
    /// # Errors
    /// Where storage fails: that says nothing about what is kept.
    pub async fn verify(&self, key: &Key, digest: &Digest) -> Result<Verdict, StorageError> {
        let mut reading = match self.read(key, None).await {
            Ok(reading) => reading,
            Err(StorageError::NotFound(_)) => return Ok(Verdict::Missing),
            Err(error) => return Err(error),
        };
        let (mut hasher, mut size) = (Sha256::new(), 0);
        while let Some(chunk) = reading.bytes.next().await {
            let chunk = chunk?;
            size += chunk.len() as u64;
            hasher = blocking(move || Ok(hasher.chain_update(chunk))).await?;
        }
        let found = Digest::from(hasher);
        Ok(if found == *digest { Verdict::Sound } else { Verdict::Damaged { digest: found, size } })
    }

    /// Removes from the spool what processes left that are no more, and says how many of them there were. Processes that
    /// live are not disturbed, so it may run at any time; at every start is enough.
    ///
    /// # Errors
    /// Where the disk fails.
    pub async fn clean_spool(&self) -> Result<usize, StorageError> {
        let spool = self.spool.clone();
        blocking(move || spool.clean()).await
    }
}
