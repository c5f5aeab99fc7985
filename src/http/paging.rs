//! The parameters that lists share.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows a page.
    #[serde(default = "default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    pub cursor: Option<String>,
}

/// The page size of a request that names none.
pub fn default_limit() -> i64 {
    20
}

/// How to count a list.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// All rows.
    Exact,
}

/// Cuts the row that was fetched beyond the page, if there is one, and answers the key of the page's last row then:
/// there is a next page exactly if there was such a row.
pub fn cut<T, K>(rows: &mut Vec<T>, limit: i64, key: impl FnOnce(&T) -> K) -> Option<K> {
    let size = usize::try_from(limit).unwrap_or_default();
    if rows.len() <= size {
        return None;
    }
    rows.truncate(size);
    rows.last().map(key)
}
