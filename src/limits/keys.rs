//! Whose key a request bears, known for some seconds: for counting, that is enough.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::access::KeyScope;

/// For how long a key is known.
const KNOWN_FOR: Duration = Duration::from_secs(5);

/// How many are.
const MOST: usize = 10_000;

/// A key that was given out and is good.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Which.
    pub id: Uuid,
    /// What it is for.
    pub scopes: Vec<KeyScope>,
}

/// Keys, by their digests.
pub struct KnownKeys(Cache<Vec<u8>, (KnownKey, Instant)>);

impl KnownKeys {
    /// None so far.
    pub fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// The key of this digest.
    pub fn get(&self, digest: &[u8]) -> Option<KnownKey> {
        let (key, since) = self.0.get(digest)?;
        (since.elapsed() < KNOWN_FOR).then_some(key)
    }

    /// Notes one.
    pub fn note(&self, digest: Vec<u8>, key: KnownKey) {
        self.0.insert(digest, (key, Instant::now()));
    }
}
