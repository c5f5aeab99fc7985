//! Streaming an upload into the spool.

use std::{fs::File, io::Write, mem, path::Path, pin::pin};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest as _, Sha256};

use super::{Digest, Scratch, StorageError, blocking::blocking, spool::Spool};

/// How much is gathered before it is written: chunks from the network are small, and each hop to another thread costs.
const BUFFER: usize = 256 * 1024;

/// An upload in the spool; gone when dropped.
#[derive(Debug)]
pub struct Received {
    scratch: Scratch,
    /// How many bytes it has.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
}

impl Received {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }
}

/// Why an upload was not received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError<E> {
    /// It is larger than allowed.
    #[error("the upload is larger than {limit} bytes")]
    TooLarge {
        /// What is allowed.
        limit: u64,
    },
    /// The stream broke.
    #[error("the upload broke off: {0}")]
    Interrupted(E),
    /// The spool cannot take it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

pub(super) async fn receive<E>(
    spool: &Spool,
    chunks: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
) -> Result<Received, ReceiveError<E>> {
    let spool = spool.clone();
    let (scratch, file) = blocking(move || spool.create()).await?;
    match write(file, chunks, limit).await {
        Ok((size, digest)) => Ok(Received { scratch, size, digest }),
        Err(error) => {
            // Dropping would do; this way the room is free again when the client hears of it.
            scratch.discard().await;
            Err(error)
        }
    }
}

async fn write<E>(
    file: File,
    chunks: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
) -> Result<(u64, Digest), ReceiveError<E>> {
    let mut sink = Sink { file, hasher: Sha256::new() };
    let mut size: u64 = 0;
    // Bytes are copied: a chunk of one byte may hold on to a network buffer of thousands.
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut chunks = pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(ReceiveError::Interrupted)?;
        size += chunk.len() as u64;
        if size > limit {
            return Err(ReceiveError::TooLarge { limit });
        }
        buffer.extend_from_slice(&chunk);
        if buffer.len() >= BUFFER {
            (sink, buffer) = sink.write(buffer).await?;
        }
    }
    let (sink, _) = sink.write(mem::take(&mut buffer)).await?;
    Ok((size, Digest::from(sink.hasher)))
}

struct Sink {
    file: File,
    hasher: Sha256,
}

impl Sink {
    /// Writes and hashes off the async threads, and gives the buffer back empty.
    async fn write(mut self, mut buffer: Vec<u8>) -> Result<(Self, Vec<u8>), StorageError> {
        blocking(move || {
            self.file.write_all(&buffer)?;
            self.hasher.update(&buffer);
            buffer.clear();
            Ok((self, buffer))
        })
        .await
    }
}
