//! Purging: records that nothing has used for long, contents without a record, and renditions without their content.
//!
//! Any replica may purge, and several at once. Each thing is decided and removed under a lock of its own, so that a file
//! that is taken up meanwhile, or uploaded again, stays.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use futures_util::{StreamExt, TryStreamExt};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{contents, revisions, uses::unused};
use crate::media::{
    intake::accept::problem,
    storage::{Area, Digest, Key, Storage, StorageError, Stored},
};
use crate::{
    audit::{self, Event, Stamp},
    db::{Newsroom, Tx, schema::media},
    http::Problem,
    text::hexadecimal,
};

/// How long bytes may be without a record: for as long as an upload may take between keeping and recording them.
pub const GRACE: TimeDelta = TimeDelta::hours(24);

/// How many entries of the storage are looked up at a time.
const BATCH: usize = 500;

/// What is to be purged: where, and after what time.
#[derive(Clone)]
pub struct Purge {
    /// The records.
    pub newsroom: Newsroom,
    /// The bytes.
    pub storage: Storage,
    /// How long a record stays that nothing uses.
    pub retention: TimeDelta,
    /// How long bytes stay that have no record.
    pub grace: TimeDelta,
}

/// A record that nothing uses.
#[derive(Clone, Debug, Queryable)]
pub struct Unused {
    /// The record.
    pub id: Uuid,
    /// Its name.
    pub file_name: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What a purge removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Records of the library.
    pub records: usize,
    /// Contents, each with its renditions.
    pub contents: usize,
    /// Renditions that no record led to.
    pub renditions: usize,
}

impl Purge {
    /// Of that library, whose records stay unused for so many days.
    pub fn new(newsroom: Newsroom, storage: Storage, retention_days: u16) -> Self {
        Self { newsroom, storage, retention: TimeDelta::days(retention_days.into()), grace: GRACE }
    }

    /// Purges what the database knows of: what is found in no time. [`Self::strays`] finds the rest.
    pub async fn run(&self) -> Result<Removed, Problem> {
        let mut removed = Removed::default();
        for record in self.unused_records().await? {
            removed.records += usize::from(self.record(record.id).await?);
        }
        self.superseded().await?;
        for digest in self.contents(&[]).await? {
            removed.contents += usize::from(self.content(digest).await?);
        }
        Ok(removed)
    }

    /// The same, after looking through the whole storage.
    pub async fn run_thoroughly(&self) -> Result<Removed, Problem> {
        // Before, for they say which renditions are led to.
        self.superseded().await?;
        let strays = self.strays().await?;
        for key in &strays {
            self.rendition(key).await?;
        }
        Ok(Removed { renditions: strays.len(), ..self.run().await? })
    }

    /// The records that have been unused for long enough. Looks which are unused at all, and notes it.
    pub async fn unused_records(&self) -> Result<Vec<Unused>, Problem> {
        let retention = self.retention;
        let find = move |tx: &mut Tx<'_>| {
            // A use that begins sets it back; that one has ended is noticed here.
            diesel::update(media::table.filter(media::unused_since.is_null()).filter(unused()))
                .set(media::unused_since.eq(tx.now))
                .execute(tx.conn)?;
            let long = media::table.filter(media::unused_since.le(tx.now - retention)).filter(unused());
            Ok(long
                .order((media::unused_since, media::id))
                .select((media::id, media::file_name, media::unused_since.assume_not_null()))
                .load(tx.conn)?)
        };
        self.newsroom.transaction(find).await
    }

    /// Removes a record, if it is still unused. Its bytes are then without a record, if no other has them.
    pub async fn record(&self, id: Uuid) -> Result<bool, Problem> {
        let retention = self.retention;
        let remove = move |tx: &mut Tx<'_>| {
            let long = media::table.find(id).filter(media::unused_since.le(tx.now - retention));
            // Whoever takes it up just now holds a lock; once this one holds, nobody can.
            let found: Option<(String, Vec<u8>)> =
                long.select((media::file_name, media::sha256)).for_update().skip_locked().first(tx.conn).optional()?;
            let Some((file_name, sha256)) = found else { return Ok(false) };
            let gone = diesel::delete(media::table.filter(media::id.eq(id)).filter(unused())).execute(tx.conn)? == 1;
            if gone {
                let event = Event::MediaPurged { file_name: &file_name, sha256: hexadecimal(&sha256) };
                audit::record(tx.conn, id, Stamp::by_service(tx.now), &event)?;
            }
            Ok(gone)
        };
        self.newsroom.transaction(remove).await
    }

    /// Forgets what replaced files were before, as far as no version shows it: their bytes are then without a record.
    pub async fn superseded(&self) -> Result<usize, Problem> {
        let grace = self.grace;
        self.newsroom.transaction(move |tx| revisions::remove_superseded(tx, tx.now - grace)).await
    }

    /// The contents that no record has, but for the records of `leaving`.
    pub async fn contents(&self, leaving: &[Uuid]) -> Result<Vec<Digest>, Problem> {
        let (grace, leaving) = (self.grace, leaving.to_vec());
        self.newsroom.transaction(move |tx| contents::without_record(tx, tx.now - grace, &leaving)).await
    }

    /// Removes the bytes of a content and all renditions of it, if it still has no record.
    ///
    /// # Errors
    /// Those of the database and the storage; then a further purge finishes it.
    pub async fn content(&self, digest: Digest) -> Result<bool, Problem> {
        let (grace, storage) = (self.grace, self.storage.clone());
        let remove = move |tx: &mut Tx<'_>| {
            if !contents::strike_out(tx, &digest, tx.now - grace)? {
                return Ok(false);
            }
            // Before the transaction ends: until then, who uploads the same bytes waits. This is a thread for
            // work that blocks.
            Handle::current().block_on(remove_bytes(&storage, &digest)).map_err(problem)?;
            Ok(true)
        };
        let gone = self.newsroom.transaction(remove).await?;
        if gone {
            tracing::info!(%digest, "content without a record purged");
        }
        Ok(gone)
    }

    /// Looks through the whole storage: contents that the database does not know of are made known to it, so that
    /// [`Self::contents`] finds them; answered are the renditions that no record leads to: their content is gone, or they
    /// were cropped about a point that is no longer the focal one.
    pub async fn strays(&self) -> Result<Vec<Key>, Problem> {
        let mut contents = self.storage.list(Area::Content).try_chunks(BATCH);
        while let Some(batch) = contents.next().await {
            let batch = batch.map_err(|error| problem(error.1))?;
            let found: Vec<_> = batch.iter().map(|stored| (*stored.key.digest(), stored.modified)).collect();
            self.newsroom.transaction(move |tx| contents::adopt(tx, &found)).await?;
        }
        let mut strays = Vec::new();
        let mut renditions = self.storage.list(Area::Renditions).try_chunks(BATCH);
        while let Some(batch) = renditions.next().await {
            strays.extend(self.without_record(batch.map_err(|error| problem(error.1))?).await?);
        }
        Ok(strays)
    }

    async fn without_record(&self, batch: Vec<Stored>) -> Result<Vec<Key>, Problem> {
        let digests: BTreeSet<Digest> = batch.iter().map(|stored| *stored.key.digest()).collect();
        let (grace, digests) = (self.grace, digests.into_iter().collect::<Vec<_>>());
        let look = move |tx: &mut Tx<'_>| {
            Ok((contents::known(tx, &digests)?, contents::renditions(tx, &digests)?, tx.now - grace))
        };
        let (known, named, before) = self.newsroom.transaction(look).await?;
        let stray = |key: &Key| match named.get(key.digest()) {
            Some(names) => key.rendition_name().is_some_and(|name| !names.contains(name)),
            // Without a record, they go with their content.
            None => !known.contains(key.digest()),
        };
        let old = batch.into_iter().filter(|stored| stored.modified <= before);
        Ok(old.map(|stored| stored.key).filter(stray).collect())
    }

    /// Removes a rendition. It can be made again at any time, so this does no harm.
    pub async fn rendition(&self, key: &Key) -> Result<(), Problem> {
        self.storage.delete(key).await.map_err(problem)
    }
}

async fn remove_bytes(storage: &Storage, digest: &Digest) -> Result<(), StorageError> {
    // The content last: where this breaks off, the next purge finds it again.
    let renditions: Vec<Stored> = storage.renditions_of(digest).try_collect().await?;
    for rendition in renditions {
        storage.delete(&rendition.key).await?;
    }
    storage.delete(&Key::content(*digest)).await
}
