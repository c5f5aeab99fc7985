//! Which article a name means, without asking the database for each view of it.

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::{
    answers::freshness::{Edition, Freshness, Validity},
    article_key::ArticleKey,
    store,
};
use crate::{
    db::Delivery,
    http::{
        Problem,
        depends::{Depends, Key},
    },
};

/// How many names are kept, in a few megabytes.
const NAMES: usize = 20_000;

/// Names of articles that are public, and the edition in which they were found.
pub struct Lookup {
    delivery: Delivery,
    freshness: Arc<Freshness>,
    names: Cache<String, (Uuid, Edition)>,
}

impl Lookup {
    /// An empty one.
    pub fn new(delivery: Delivery, freshness: Arc<Freshness>) -> Self {
        Self { delivery, freshness, names: Cache::new(NAMES) }
    }

    /// The public article of this id or slug.
    ///
    /// # Errors
    /// `not_found`; `gone` where it was taken back with a notice; `unavailable` where the database is.
    pub async fn article(&self, name: &str) -> Result<Uuid, Problem> {
        if let Some((article, found)) = self.names.get(name)
            && self.freshness.validity(&found, &Depends::on([Key::article(article)])) == Validity::Current
        {
            return Ok(article);
        }
        let (key, edition) = (ArticleKey::parse(name)?, self.freshness.edition());
        let article = self.delivery.read(move |conn| store::find(conn, &key)).await?;
        self.names.insert(name.to_owned(), (article, edition));
        Ok(article)
    }
}
