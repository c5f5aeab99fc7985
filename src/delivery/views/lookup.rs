//! Which article a name means, without asking the database for each view of it.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::{
    db::Delivery,
    delivery::store::{self, Key},
    http::Problem,
};

/// How many names are kept, in a few megabytes.
const NAMES: usize = 20_000;

/// For how long what a name means is believed: after a withdrawal, views are taken for so long at most.
const BELIEVED: Duration = Duration::from_millis(900);

/// Names of articles that are public, as they were found a moment ago.
pub struct Lookup {
    delivery: Delivery,
    names: Cache<String, (Uuid, Instant)>,
}

impl Lookup {
    /// An empty one.
    pub fn new(delivery: Delivery) -> Self {
        Self { delivery, names: Cache::new(NAMES) }
    }

    /// The public article of this id or slug.
    ///
    /// # Errors
    /// `not_found`; `unavailable` where the database is.
    pub async fn article(&self, name: &str) -> Result<Uuid, Problem> {
        if let Some((article, found)) = self.names.get(name)
            && found.elapsed() < BELIEVED
        {
            return Ok(article);
        }
        let (key, asked) = (Key::parse(name)?, Instant::now());
        let article = self.delivery.0.read(move |conn| Ok(store::find(conn, &key)?.id)).await?;
        self.names.insert(name.to_owned(), (article, asked));
        Ok(article)
    }
}
