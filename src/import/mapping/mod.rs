//! The mapping: what of a list becomes what of an article, as a person wrote it down in TOML.
//!
//! ```toml
//! [source]
//! list = "c0ffee00-…"            # where the bundle does not tell
//! base = "https://cong.example"
//! aliases = ["http://cong"]      # other names of the same site, whose links are its own
//! time_zone = "Asia/Ho_Chi_Minh"
//! date_format = "%d/%m/%Y %H:%M"
//! [columns]                      # every column named, or nothing runs
//! "Tiêu đề" = "title"
//! "Phân loại" = { to = "category", values = "categories" }
//! "Trạng thái" = "ignore"
//! [categories]                   # a value that is not named becomes a category of its own name
//! "Chuyển đổi số" = "chuyen-doi-so"
//! [article_types]                # a value that is not named stops the run
//! "Tin ảnh" = "photo_story"
//! [users]                        # number, name or login
//! "23" = "lan@cong.example"
//! [content_types]                # those that are no articles are "ignore"
//! "0x0100A1" = "article"
//! [defaults]
//! category = "tin-tuc"
//! [[redirects]]
//! pattern = "/tin-tuc/{any}-{id}.html"
//! ```
//!
//! [`read`](Mapping::read) says what is wrong with it as a text, [`check`](Mapping::check) what is wrong with it for a list.

mod columns;
mod read;
mod target;
#[cfg(test)]
mod tests;
mod zone;

use std::collections::BTreeMap;

pub use columns::{Column, Columns};
pub use target::Target;
pub use zone::Zone;

use super::item::Person;
use crate::text::fold_key;

/// What of a list becomes what of an article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// Of the list as a whole.
    pub source: SourceFacts,
    /// What becomes of each column, by display or internal name.
    pub columns: BTreeMap<String, Use>,
    /// Tables of values, by their names: `categories`, `article_types`, and those that columns name by `values`.
    pub tables: BTreeMap<String, Table>,
    /// Addresses by number, name or login.
    pub users: Table,
    /// Content types, by id or name: those that are articles, and those that are not.
    pub content_types: BTreeMap<String, bool>,
    /// What an item has that has none.
    pub defaults: Defaults,
    /// Patterns of addresses that articles had: "/tin-tuc/{any}-{id}.html".
    pub redirects: Vec<String>,
}

/// What a mapping says of the list as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFacts {
    /// The list's GUID, in lower case with hyphens.
    pub list: Option<String>,
    /// The site, as "https://cong.example".
    pub base: Option<String>,
    /// Other names of the same site.
    pub aliases: Vec<String>,
    /// Whose clocks dates are of.
    pub time_zone: Zone,
    /// How dates are written in tables, as `strftime` has it.
    pub date_format: Option<String>,
    /// The language of items that name none.
    pub locale: Option<String>,
}

/// What an item has that has none.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Its category, by slug or name.
    pub category: Option<String>,
    /// Its type, by code.
    pub article_type: Option<String>,
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Use {
    /// Nothing: somebody decided so.
    Ignore,
    /// A field of ours.
    To {
        /// Which.
        target: Target,
        /// The table that its values are looked up in.
        values: Option<String>,
        /// What stands between values, where several are written in one text.
        split: Option<String>,
        /// How its dates are written.
        format: Option<String>,
        /// Whose clocks its dates are of.
        zone: Option<Zone>,
    },
}

/// What values become. White space and case do not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(BTreeMap<String, String>);

impl Table {
    /// A table of these values.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(values.into_iter().map(|(from, to)| (fold_key(&from), to)).collect())
    }

    /// What the value becomes, if the table names it.
    pub fn get(&self, value: &str) -> Option<&str> {
        self.0.get(&fold_key(value)).map(String::as_str)
    }

    /// What values become.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Mapping {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// The category that this value becomes, by slug or name; none that nobody named.
    pub fn category(&self, value: &str) -> Option<&str> {
        self.table("categories")?.get(value)
    }

    /// The code of the type that this value becomes.
    pub fn article_type(&self, value: &str) -> Option<&str> {
        self.table("article_types")?.get(value)
    }

    /// The address of a person, if the mapping names them by number, login or name.
    pub fn email(&self, person: &Person, login: Option<&str>) -> Option<&str> {
        let number = person.id.map(|id| id.to_string());
        [number.as_deref(), login, person.name.as_deref()].into_iter().flatten().find_map(|name| self.users.get(name))
    }
}
