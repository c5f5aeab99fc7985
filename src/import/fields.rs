//! The columns of a list, as the list itself tells of them.

use crate::text::fold_key as key;

/// The columns of a list.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// What the list is.
    pub list: List,
    /// The columns, in the order of the source.
    pub all: Vec<Field>,
}

/// Which list it is, as far as the source knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Its GUID, in lower case with hyphens.
    pub id: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Its folder, from the root of the server: "/Lists/TinTuc".
    pub folder: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What people call it.
    pub display: String,
    /// Its name for ever, whatever people call it since.
    pub internal: String,
    /// Its name as a key of JSON, where that is another one.
    pub entity: String,
    /// `TypeAsString`: "Text", "Note", "DateTime", "TaxonomyFieldType", …. Empty where the source does not tell.
    pub kind: String,
    /// Not to be seen in forms: helpers of other columns.
    pub hidden: bool,
    /// One that every list has. Nobody has to name it in a mapping.
    pub system: bool,
    /// A day, kept as the midnight of the site's zone.
    pub date_only: bool,
    /// Notes that are added to and never replaced: each version holds one of them.
    pub append_only: bool,
    /// What may be chosen.
    pub choices: Vec<String>,
    /// The list that its values are items of, by GUID.
    pub list: Option<String>,
    /// The hidden column that holds a term's label, by internal name.
    pub note: Option<String>,
}

impl Field {
    /// Whether a mapping has to say what becomes of it.
    pub fn is_asked_for(&self) -> bool {
        !self.hidden && !self.system
    }
}

impl Fields {
    /// The column of this internal name.
    pub fn internal(&self, name: &str) -> Option<&Field> {
        self.all.iter().find(|field| field.internal == name)
    }

    /// The columns that people call by this name; white space and case do not count. Hidden ones are not called at all, and
    /// those that every list has only where no other is: a title's link has the title's name.
    pub fn called<'a>(&'a self, name: &str) -> Vec<&'a Field> {
        let name = key(name);
        let shown = self.all.iter().filter(|field| !field.hidden && key(&field.display) == name);
        let (asked, system): (Vec<_>, Vec<_>) = shown.partition(|field| field.is_asked_for());
        if asked.is_empty() { system } else { asked }
    }

    /// How a mapping names the column: as people call it, or by the internal name where that is not clear.
    pub fn name_of<'a>(&'a self, field: &'a Field) -> &'a str {
        let alone =
            self.called(&field.display) == [field] && self.internal(&field.display).is_none_or(|it| it == field);
        if alone && !field.display.trim().is_empty() && !field.hidden { &field.display } else { &field.internal }
    }
}
