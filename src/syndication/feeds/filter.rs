//! What a feed may be asked for: the filters of the list of articles.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    delivery::{
        listing::{Wanted, tags},
        search,
    },
    http::{Problem, paging},
};

/// Which articles, how much of them, and which page.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedFilter {
    /// In this category or below, by slug.
    #[schema(max_length = 120, example = "tin-chuyen-nganh")]
    #[param(max_length = 120)]
    pub category: Option<String>,
    /// With any of these tags, by slug, separated by commas.
    #[schema(max_length = 2000, example = "dan-van-kheo,thi-dua")]
    #[param(max_length = 2000)]
    pub tag: Option<String>,
    /// Of this type, by code.
    #[schema(max_length = 40, example = "announcement")]
    #[param(max_length = 40)]
    pub article_type: Option<String>,
    /// By this author, by id.
    pub author: Option<Uuid>,
    /// Featured ones, or those that are not.
    pub featured: Option<bool>,
    /// Dated at this moment or later.
    pub published_after: Option<DateTime<Utc>>,
    /// Dated before this moment.
    pub published_before: Option<DateTime<Utc>>,
    /// In this language; without it, in all.
    #[schema(max_length = 35, example = "vi")]
    #[param(max_length = 35)]
    pub locale: Option<String>,
    /// With all of these words, as in the list of articles; the newest first all the same.
    #[schema(value_type = Option<String>, example = "dan van kheo")]
    #[param(value_type = Option<String>)]
    pub q: Option<search::Query>,
    /// Whether each entry holds the whole text. Of long ones a page then holds fewer.
    #[serde(default, skip_serializing_if = "is_false")]
    #[schema(default = false)]
    #[param(default = false)]
    pub full: bool,
    /// Entries a page.
    #[serde(default = "paging::default_limit", skip_serializing_if = "is_default")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
    /// Where the previous page ended: its link `next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    pub cursor: Option<String>,
}

fn is_false(full: &bool) -> bool {
    !full
}

fn is_default(limit: &i64) -> bool {
    *limit == paging::default_limit()
}

impl FeedFilter {
    /// Which articles.
    pub fn wanted(&self) -> Wanted {
        let Self {
            category, tag, article_type, author, featured, published_after, published_before, locale, q, ..
        } = self.clone();
        let tags = tags(tag.as_deref());
        Wanted { category, tags, article_type, author, featured, published_after, published_before, locale, q }
    }

    /// Where the page of this feed is that begins at `cursor`, by a path.
    ///
    /// # Errors
    /// `internal` where the filter is more than names and values.
    pub fn address(&self, path: &str, cursor: Option<&str>) -> Result<String, Problem> {
        let first = Self { cursor: None, ..self.clone() };
        let query = serde_urlencoded::to_string(first).map_err(Problem::internal)?;
        let mut query = form_urlencoded::Serializer::new(query);
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        let query = query.finish();
        Ok(if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    }
}
