//! A media storage of one test, over a folder or over S3.

use std::{convert::Infallible, fs, path::PathBuf, time::Duration};

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use tempfile::TempDir;
use tintuc::{
    media::storage::{Area, Key, Received, Storage, Stored},
    settings::Settings,
};

use super::s3::{ACCESS_KEY, BUCKET, S3, SECRET_KEY};

/// A storage, and where its bytes can be found by going round it.
pub struct Place {
    pub storage: Storage,
    pub settings: Settings,
    pub objects: PathBuf,
    pub spool: PathBuf,
    _data: TempDir,
}

impl Place {
    /// Over a folder.
    pub async fn folder() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.data_dir = Some(data.path().to_owned());
        let objects = data.path().join("media");
        Self {
            storage: Storage::open(&settings).unwrap(),
            settings,
            spool: objects.join("spool"),
            objects,
            _data: data,
        }
    }

    /// Over a bucket of a real S3 server.
    pub async fn bucket() -> Self {
        let data = tempfile::tempdir().unwrap();
        let s3 = S3::start(&data.path().join("s3")).await;
        let mut settings = Settings::defaults();
        settings.data_dir = Some(data.path().to_owned());
        settings.media.media_storage = Some(format!("s3://{BUCKET}/media").parse().unwrap());
        settings.media.media_s3_endpoint = Some(s3.endpoint.parse().unwrap());
        settings.media.media_s3_access_key = Some(ACCESS_KEY.into());
        settings.media.media_s3_secret_key = Some(SECRET_KEY.into());
        let objects = s3.objects().join("media");
        let spool = data.path().join("spool");
        Self { storage: Storage::open(&settings).unwrap(), settings, objects, spool, _data: data }
    }

    /// Uploads to the spool.
    pub async fn receive(&self, bytes: &[u8]) -> Received {
        let chunks: Vec<_> =
            bytes.chunks(10_000).map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk))).collect();
        self.storage.receive(stream::iter(chunks), u64::MAX).await.unwrap()
    }

    /// Uploads, and keeps.
    pub async fn keep(&self, bytes: &[u8]) -> Key {
        let received = self.receive(bytes).await;
        self.storage.keep(received.path(), &received.digest).await.unwrap();
        Key::content(received.digest)
    }

    /// All of what is kept under a key.
    pub async fn read(&self, key: &Key) -> Vec<u8> {
        let reading = self.storage.read(key, None).await.unwrap();
        reading.bytes.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    /// What is kept in an area, by key.
    pub async fn list(&self, area: Area) -> Vec<Stored> {
        let mut stored: Vec<_> = self.storage.list(area).try_collect().await.unwrap();
        stored.sort_by(|a, b| a.key.cmp(&b.key));
        stored
    }

    /// The file in which an object is found.
    pub fn file(&self, key: &Key) -> PathBuf {
        self.objects.join(key.to_string())
    }

    /// How many files wait in the spool.
    pub fn spooled(&self) -> usize {
        let sessions = fs::read_dir(&self.spool).unwrap().map(|entry| entry.unwrap().path());
        sessions.filter(|path| path.is_dir()).map(|folder| fs::read_dir(folder).unwrap().count()).sum()
    }

    /// Waits until nothing is left in the spool.
    pub async fn spool_is_emptied(&self) {
        for _ in 0..500 {
            if self.spooled() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} files stay in the spool", self.spooled());
    }
}
