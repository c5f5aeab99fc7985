//! What is needed to read an item: the columns and how they are written, and what the rest of a source tells of its values.

use std::collections::{BTreeMap, HashMap};

use super::{people::People, raw::folder::Folder};
use crate::import::{
    fields::{Field, Fields},
    mapping::Zone,
};

/// What is needed to read an item.
#[derive(Debug)]
pub struct Context {
    /// The folder.
    pub folder: Folder,
    /// The columns, and which list they are of.
    pub fields: Fields,
    /// How each column is written, in the order of `fields`.
    pub written: Vec<Written>,
    /// The people of the site.
    pub people: People,
    /// Labels of terms.
    pub terms: Terms,
    /// Titles of the items of other lists, by list and number.
    pub lookups: HashMap<String, HashMap<i64, String>>,
    /// What the content types are: those that are articles, by id or name.
    pub kinds: Kinds,
    /// Whose clocks dates without a zone are of.
    pub zone: Zone,
    /// That it is a table: no history, numbers and dates as people write them.
    pub table: bool,
    /// That there are files with values as HTML, and with versions.
    pub html: bool,
    /// See `html`.
    pub versions: bool,
    /// What is attached to items is in `Attachments/{id}/`.
    pub attachments: bool,
}

/// How a column is written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The keys that it may have, in items and in versions.
    pub keys: Vec<String>,
    /// What its values are: `TypeAsString`, as far as known or guessed.
    pub kind: Kind,
    /// How its dates are written.
    pub format: Option<String>,
    /// What stands between its values.
    pub split: Option<String>,
    /// What it is called in reports: the field that it becomes, or its internal name.
    pub field: String,
    /// That somebody wants its values.
    pub wanted: bool,
    /// That it becomes a text of an article.
    pub text: bool,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Text or HTML, and whatever is not known of.
    #[default]
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Bool,
    /// A date.
    Date,
    /// A person, or several.
    People(bool),
    /// An item of a list, or several.
    Lookups(bool),
    /// A term, or several.
    Terms(bool),
    /// Several choices.
    Choices,
    /// A hyperlink.
    Link,
    /// A picture as HTML.
    Publishing,
    /// A picture as JSON.
    Modern,
    /// What a formula comes to.
    Calculated,
}

impl Kind {
    /// That of a `TypeAsString`.
    pub fn of(kind: &str) -> Self {
        match kind {
            "Number" | "Currency" | "Counter" | "Integer" | "RatingCount" | "AverageRating" | "Likes" => Self::Number,
            "Boolean" | "AllDayEvent" | "Recurrence" | "CrossProjectLink" => Self::Bool,
            "DateTime" | "PublishingScheduleStartDateFieldType" | "PublishingScheduleEndDateFieldType" => Self::Date,
            "User" => Self::People(false),
            "UserMulti" => Self::People(true),
            "Lookup" => Self::Lookups(false),
            "LookupMulti" => Self::Lookups(true),
            "TaxonomyFieldType" => Self::Terms(false),
            "TaxonomyFieldTypeMulti" => Self::Terms(true),
            "MultiChoice" => Self::Choices,
            "URL" => Self::Link,
            "Image" => Self::Publishing,
            "Thumbnail" => Self::Modern,
            "Calculated" => Self::Calculated,
            _ => Self::Text,
        }
    }
}

/// Labels of terms, by GUID and by their number in the site.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// By GUID, in lower case.
    pub by_guid: HashMap<String, String>,
    /// By number.
    pub by_number: HashMap<i64, (String, Option<String>)>,
}

/// Which content types are articles.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// What the mapping says, by id or name.
    pub said: BTreeMap<String, bool>,
    /// The type of most items, where the mapping says nothing.
    pub most: Option<String>,
}

impl Kinds {
    /// Whether items of this type are articles.
    pub fn is_article(&self, id: Option<&str>, name: Option<&str>) -> bool {
        if !self.said.is_empty() {
            let named = name.and_then(|name| self.said.get(name)).copied();
            // A type inherits from that whose id its own begins with.
            let of = |id: &str| {
                let mut known =
                    self.said.iter().filter(|(type_id, _)| id.starts_with(type_id.as_str())).collect::<Vec<_>>();
                known.sort_by_key(|(type_id, _)| type_id.len());
                known.last().map(|(_, what)| **what)
            };
            return named.or_else(|| id.and_then(of)).unwrap_or(false);
        }
        match &self.most {
            None => true,
            Some(most) => id
                .or(name)
                .is_none_or(|this| this == most || (most.starts_with("0x") && this.starts_with(most.as_str()))),
        }
    }
}

impl Context {
    /// The columns with how they are written.
    pub fn columns(&self) -> impl Iterator<Item = (&Field, &Written)> {
        self.fields.all.iter().zip(&self.written)
    }

    /// What the item of the list is called.
    pub fn title_of(&self, field: &Field, id: i64) -> Option<&String> {
        let list = field.list.as_deref().and_then(|list| self.lookups.get(list));
        list.or_else(|| self.lookups.get(&crate::text::fold_key(&field.display)))?.get(&id)
    }
}
