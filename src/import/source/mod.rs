//! A list as it was exported, in whichever shape: read once to see that it is whole, then item by item, however large it is.
//!
//! - [`Source::open`] reads all of it once, keeps the numbers of its items and forgets the rest: what is cut off, ruined or
//!   double is refused before anything is written anywhere.
//! - [`Source::items`] reads it again, an item at a time.
//!
//! Nothing outside of the folder that was named is ever opened.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{fields::Fields, item::Item, mapping::Mapping};

/// A list as it was exported.
pub struct Source {
    shape: Shape,
    fields: Fields,
    users: BTreeMap<i64, User>,
    missing: Vec<String>,
    count: u64,
}

/// Why a source is not read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// How a list was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Shape {
    /// A folder with `items-*.json`, and what else the REST interface tells.
    #[strum(to_string = "bundle")]
    Bundle,
    /// A file of items as JSON, of PnP or of a command line.
    #[strum(to_string = "JSON file")]
    Json,
    /// A table as text.
    #[strum(to_string = "CSV file")]
    Csv,
    /// A spreadsheet.
    #[strum(to_string = "XLSX file")]
    Xlsx,
    /// What ShareGate makes: a spreadsheet and folders of files.
    #[strum(to_string = "ShareGate folder")]
    ShareGate,
}

/// Somebody of the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Their name.
    pub name: Option<String>,
    /// Their address: the mapping's, or that of the site.
    pub email: Option<String>,
    /// What they sign in by, as "TINH\lan" or as a claim.
    pub login: Option<String>,
}

impl Source {
    /// Looks through the whole of it.
    ///
    /// # Errors
    /// Where it is not whole, not a list, or not the list that the mapping is for.
    pub fn open(path: &Path, _mapping: Option<&Mapping>) -> Result<Self, Refused> {
        Err(Refused(format!("{} cannot be read yet", path.display())))
    }

    /// In which shape it is.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The columns, and which list they are of.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The items, in the order of the files. Each call reads from the start.
    pub fn items(&self) -> impl Iterator<Item = Result<Item, Refused>> + Send + use<> {
        std::iter::empty()
    }

    /// How many items there are.
    pub fn items_in_all(&self) -> u64 {
        self.count
    }

    /// The file at this address: from the root of the server ("/sites/tin/Anh/a b.jpg"), or whole with the host of the site
    /// or one of its aliases; escaped or not.
    pub fn file(&self, _address: &str) -> Option<PathBuf> {
        None
    }

    /// The people of the site by number, if the source tells.
    pub fn people(&self) -> &BTreeMap<i64, User> {
        &self.users
    }

    /// What the source does not have, for a person to read.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}
