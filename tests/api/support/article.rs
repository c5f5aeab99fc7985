//! Articles to write: complete enough to be submitted, and changed where a test speaks of it.

use serde_json::{Value, json};

/// An article that can be submitted once it is filed somewhere.
pub fn an_article() -> ArticleBuilder {
    ArticleBuilder(json!({
        "title": "Lịch tiếp công dân tháng 12",
        "body": "<p>Địa điểm: Trụ sở Tiếp công dân tỉnh.</p>",
        "article_type": "announcement",
    }))
}

/// An article under construction.
#[derive(Clone)]
pub struct ArticleBuilder(Value);

impl ArticleBuilder {
    /// With this title.
    pub fn titled(self, title: &str) -> Self {
        self.with("title", title)
    }

    /// Filed under this category.
    pub fn filed_under(self, category: &str) -> Self {
        self.with("category", category)
    }

    /// With these tags.
    pub fn tagged<const N: usize>(self, tags: [&str; N]) -> Self {
        self.with("tags", json!(tags.as_slice()))
    }

    /// With this field.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0[field] = value.into();
        self
    }

    /// Without this field.
    pub fn without(mut self, field: &str) -> Self {
        self.0.as_object_mut().expect("an object").remove(field);
        self
    }
}

impl From<ArticleBuilder> for Value {
    fn from(article: ArticleBuilder) -> Self {
        article.0
    }
}
