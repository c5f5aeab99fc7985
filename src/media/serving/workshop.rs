//! Where renditions are made: at the first request for one of a picture's, all of them from one decoding, once, however
//! many ask.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::web::Bytes;

use crate::{
    http::Problem,
    media::{
        intake::accept::{TURNS, problem, refusal},
        library::revisions::File,
        renditions::{self, Rendition, urls::kept_as},
        storage::{Key, ReceiveError, Storage},
    },
};

/// A storage whose pictures are made in the sizes that are asked for, and who is at work on which.
pub struct Workshop {
    /// Where files and their renditions are kept.
    pub storage: Storage,
    under_way: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

impl Workshop {
    /// A workshop beside that storage.
    pub fn new(storage: Storage) -> Self {
        Self { storage, under_way: Mutex::default() }
    }

    /// Makes sure that a rendition is in the storage.
    ///
    /// # Errors
    /// `internal` where the picture cannot be read any longer.
    pub async fn ensure(&self, key: &Key, file: &File) -> Result<(), Problem> {
        let storage = &self.storage;
        if storage.exists(key).await.map_err(problem)? {
            return Ok(());
        }
        let original = Key::content(*key.digest());
        let place = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(original.clone()).or_default())
        };
        let alone = place.lock().await;
        let made = match storage.exists(key).await.map_err(problem) {
            Ok(true) => Ok(()),
            Ok(false) => make(storage, &original, file).await,
            Err(problem) => Err(problem),
        };
        drop(alone);
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&original);
        made
    }
}

async fn make(storage: &Storage, key: &Key, file: &File) -> Result<(), Problem> {
    let reading = storage.read(key, None).await.map_err(problem)?;
    let original = storage.receive(reading.bytes, u64::MAX).await.map_err(|error| match error {
        ReceiveError::Interrupted(error) | ReceiveError::Storage(error) => problem(error),
        ReceiveError::TooLarge { .. } => Problem::internal(error),
    })?;
    let turn = TURNS.acquire().await.map_err(Problem::internal)?;
    let (path, focal) = (original.path().to_owned(), file.focal());
    let made = actix_web::web::block(move || renditions::render_all(&path, focal))
        .await
        .map_err(Problem::internal)?
        .map_err(refusal)?;
    drop(turn);
    for Rendition { preset, format, bytes, .. } in made {
        let key = Key::rendition(*key.digest(), &kept_as(preset, format, file.focal())).map_err(Problem::internal)?;
        storage.keep_bytes(&key, Bytes::from(bytes)).await.map_err(problem)?;
    }
    Ok(())
}
