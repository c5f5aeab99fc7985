//! How the public names an article.

use serde::Serialize;
use uuid::Uuid;

use crate::{http::Problem, text::Slug};

/// How the public names an article.
#[derive(Clone, Serialize)]
pub enum ArticleKey {
    /// By id.
    Id(Uuid),
    /// By its slug, or by one that it had.
    Slug(Slug),
}

impl ArticleKey {
    /// An id where it reads as one, else a slug.
    ///
    /// # Errors
    /// `not_found` for what is neither: it names nothing, and may hold what the database cannot read (`%00`).
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Slug).map_err(|_| Problem::not_found()),
        }
    }
}
