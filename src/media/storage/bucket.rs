//! Putting a file in its place in a bucket of S3-compatible storage.

use std::{path::Path, time::Duration};

use bytes::Bytes;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart,
    aws::{AmazonS3, AmazonS3Builder},
    prefix::PrefixStore,
};
use secrecy::ExposeSecret;
use tokio::{fs::File, io::AsyncReadExt};
use url::Url;

use super::{
    Key, StorageError,
    error::{at, failed, from_store},
    source::Source,
};
use crate::settings::{MediaSettings, S3Addressing};

/// Files up to this size are sent at once, larger ones in parts of it. S3 wants parts of at least 5 MiB, and no more than
/// 10,000 of them.
const PART: u64 = 8 * 1024 * 1024;

/// How many parts of a file are on their way at a time. With the one being read, this bounds the memory of an upload.
const PARTS_AT_ONCE: usize = 3;

/// A service that says nothing for so long is down. A part has to be through in that time as well.
const SILENCE: Duration = Duration::from_secs(60);

pub(super) fn open(
    bucket: &str,
    prefix: &str,
    settings: &MediaSettings,
) -> Result<PrefixStore<AmazonS3>, StorageError> {
    // The HTTP client wants one for the whole process. Fails where another part has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = match (&settings.media_s3_access_key, &settings.media_s3_secret_key) {
        (Some(access), Some(secret)) => AmazonS3Builder::new()
            .with_access_key_id(access.expose_secret())
            .with_secret_access_key(secret.expose_secret()),
        // The usual variables and the machine's or cluster's role count, as for any client of Amazon's.
        (None, None) => AmazonS3Builder::from_env(),
        _ => return Err(StorageError::other("the access key and the secret key for S3 belong together")),
    };
    let mut builder = builder.with_bucket_name(bucket).with_region(&settings.media_s3_region);
    let mut client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        // The limit for a whole request would cut off whoever downloads slowly; this one is for each read.
        .with_timeout_disabled()
        .with_read_timeout(SILENCE);
    let by_host = settings.media_s3_addressing == S3Addressing::Host;
    if let Some(endpoint) = &settings.media_s3_endpoint {
        let endpoint = if by_host { with_bucket(endpoint, bucket)? } else { endpoint.clone() };
        client = client.with_allow_http(endpoint.scheme() == "http");
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    let store = builder
        .with_virtual_hosted_style_request(by_host)
        .with_client_options(client)
        // The default is to try for three minutes; whoever waits for an answer would rather hear that there is none. The
        // time limit stays: it also bounds how long a download may go on that has to be taken up again.
        .with_retry(RetryConfig { max_retries: 3, ..RetryConfig::default() })
        // Removing many at once is what other services than Amazon's tend to lack.
        .with_disable_bulk_delete(true)
        .build()
        .map_err(failed)?;
    Ok(PrefixStore::new(store, prefix))
}

/// The service as it is called where the bucket's name is part of the host's.
fn with_bucket(endpoint: &Url, bucket: &str) -> Result<Url, StorageError> {
    let mut endpoint = endpoint.clone();
    let host = format!("{bucket}.{}", endpoint.host_str().unwrap_or_default());
    endpoint.set_host(Some(&host)).map_err(StorageError::other)?;
    Ok(endpoint)
}

pub(super) async fn place(store: &dyn ObjectStore, key: &Key, source: Source) -> Result<(), StorageError> {
    let path = match source {
        Source::Bytes(bytes) => return put(store, key, bytes).await,
        Source::File(path) => path,
    };
    let mut file = File::open(&path).await.map_err(|error| at(&path, &error))?;
    let first = read_part(&mut file, &path).await?;
    if (first.len() as u64) < PART {
        return put(store, key, first).await;
    }
    let upload = store.put_multipart(&key.path()).await.map_err(|error| from_store(error, key))?;
    let mut parts = WriteMultipart::new_with_chunk_size(upload, first.len());
    match send(&mut parts, &mut file, &path, first).await {
        // Takes back what was sent if it fails.
        Ok(()) => parts.finish().await.map_err(|error| from_store(error, key)).map(drop),
        Err(error) => {
            // What cannot be taken back now is for the bucket's rule about unfinished uploads.
            let _ = parts.abort().await;
            Err(error)
        }
    }
}

async fn put(store: &dyn ObjectStore, key: &Key, bytes: Bytes) -> Result<(), StorageError> {
    store.put(&key.path(), bytes.into()).await.map_err(|error| from_store(error, key)).map(drop)
}

async fn send(parts: &mut WriteMultipart, file: &mut File, path: &Path, first: Bytes) -> Result<(), StorageError> {
    let mut part = first;
    while !part.is_empty() {
        parts.wait_for_capacity(PARTS_AT_ONCE - 1).await.map_err(failed)?;
        parts.put(part);
        part = read_part(file, path).await?;
    }
    Ok(())
}

async fn read_part(file: &mut File, path: &Path) -> Result<Bytes, StorageError> {
    let mut part = Vec::new();
    file.take(PART).read_to_end(&mut part).await.map_err(|error| at(path, &error))?;
    Ok(part.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_goes_in_front_of_a_host_name_but_not_of_an_address() {
        let with = |endpoint: &str| with_bucket(&endpoint.parse().unwrap(), "tin-tuc").map(String::from);
        assert_eq!(with("https://s3.example:9000").unwrap(), "https://tin-tuc.s3.example:9000/");
        assert!(with("http://127.0.0.1:9000").is_err());
    }
}
