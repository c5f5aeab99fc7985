//! An item of a list as every kind of source gives it, whatever files it was read from.
//!
//! Shapes are undone by whoever reads a source: OData envelopes, encoded names, identities in brackets. What the values
//! *mean* for an article is the mapping's business, and not known here.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

use super::report::Loss;

/// An item of a SharePoint list, with all that is known of its past.
#[derive(Clone, Debug)]
pub struct Item {
    /// `ID`: unique within its list.
    pub id: i64,
    /// `GUID`: the same wherever the item is copied to; a check on `id`.
    pub guid: Option<Uuid>,
    /// What it is.
    pub kind: ItemKind,
    /// `FileRef` of a page in a library, from the root of the server and with a leading `/`. A list item's (`…/7_.000`) is no
    /// address, and is not here.
    pub page: Option<String>,
    /// When it was made, and by whom (`Created`, `Author`).
    pub created: Option<DateTime<Utc>>,
    /// By whom.
    pub created_by: Option<Person>,
    /// Its states, the oldest first; the last is what it is now. At least one.
    pub versions: Vec<Snapshot>,
    /// Files attached to it, in the order of the source.
    pub attachments: Vec<Attachment>,
    /// What was lost on the way here: versions that the source does not have, ….
    pub losses: Vec<Loss>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// What becomes an article.
    Article,
    /// A folder.
    Folder,
    /// Of another content type: its id or name.
    Other(String),
}

/// An item as it was from one moment to the next.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// `_UIVersionString`, as "3.1": major and minor. SOAP does not tell it.
    pub label: Option<String>,
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Option<Person>,
    /// `_ModerationStatus`; none where the list knows no approval.
    pub moderation: Option<Moderation>,
    /// `_ModerationComments`.
    pub comment: Option<String>,
    /// The columns by internal name, those without a value left out.
    pub values: BTreeMap<String, Value>,
}

/// Where an item's approval stands (`_ModerationStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderation {
    /// 0: shown to everybody.
    Approved,
    /// 1.
    Denied,
    /// 2.
    Pending,
    /// 3.
    Draft,
    /// 4: approved, and shown from its start date on.
    Scheduled,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text or HTML, as it stands there.
    Text(String),
    /// A number, as it is written in decimal ("350000", "2.5").
    Number(String),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Moment(DateTime<Utc>),
    /// A date and time on somebody's clock: the mapping's zone says whose.
    Local(NaiveDateTime),
    /// People or groups.
    People(Vec<Person>),
    /// Items of other lists, or of this one.
    Lookups(Vec<Lookup>),
    /// Terms of managed metadata, by their labels; a term whose label nobody knows has none.
    Terms(Vec<Term>),
    /// Choices, where there may be several.
    Choices(Vec<String>),
    /// A hyperlink.
    Link {
        /// Where it leads.
        url: String,
        /// What it is called.
        text: Option<String>,
    },
    /// A picture, from a publishing image or a modern image column.
    Picture {
        /// Where it is, as it stands there.
        src: String,
        /// What it shows.
        alt: Option<String>,
    },
}

/// Somebody, as far as the source knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Person {
    /// Their number in the site.
    pub id: Option<i64>,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// An item of another list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// Its number.
    pub id: Option<i64>,
    /// What it is called.
    pub text: Option<String>,
}

/// A term of managed metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// Its label.
    pub label: Option<String>,
    /// Its id, in lower case with hyphens.
    pub guid: Option<String>,
}

/// A file attached to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Where it is, from the root of the server and not escaped.
    pub path: String,
}
