//! The first look through a source: whether it is whole, and what its values look like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    convert, dates, flat,
    marks::Marks,
    raw::{refused::Refused, stream::Row},
};

/// What was seen.
#[derive(Debug, Default)]
pub struct Scan {
    /// The numbers of all items.
    ids: Vec<i64>,
    /// How many items there are of each content type, folders left out.
    pub types: BTreeMap<String, u64>,
    /// What each key holds.
    pub looks: BTreeMap<String, Looks>,
    /// Items that are the values of PnP.
    pub pnp: bool,
    /// Columns that hold the names of types in place of values.
    pub type_names: BTreeSet<String>,
    marks: Marks,
}

/// What the values of a column look like: how many are of which look.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// How many there are.
    pub filled: u64,
    truths: u64,
    numbers: u64,
    iso: u64,
    pictures: u64,
    links: u64,
    term: u64,
    terms: u64,
    person: u64,
    people: u64,
    lookup: u64,
    lookups: u64,
    several: u64,
    /// Texts that are dates in each of [`dates::FORMATS`].
    pub dates: [u64; dates::FORMATS.len()],
    /// Texts that look like a date in one of them, or nearly.
    pub dated: u64,
    /// One of those, best one that shows which number is the day.
    pub sample: Option<String>,
}

impl Scan {
    /// How many items there are.
    pub fn count(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Looks at an item.
    ///
    /// # Errors
    /// Where it has no number.
    pub fn see(&mut self, row: Row, place: &str, table: bool) -> Result<(), Refused> {
        self.pnp |= row.contains_key("FieldValues");
        let row = convert::plain(row);
        let Some(id) = convert::id_of(&row) else {
            return Err(Refused(format!(
                "{place}: item {} has no ID. Export it again with the column ID, without which nothing can be found again",
                self.ids.len() + 1
            )));
        };
        self.ids.push(id);
        let (type_id, type_name) = convert::content_type(&row);
        if let Some(kind) = type_id.or(type_name).filter(|kind| !kind.starts_with("0x0120") && self.types.len() < 1000)
        {
            *self.types.entry(kind.to_owned()).or_default() += 1;
        }
        for (key, value) in row {
            if let Value::String(text) = &value {
                self.marks.count(text);
                if text.starts_with("System.") || text.starts_with("Microsoft.SharePoint.") {
                    self.type_names.insert(key.clone());
                }
            }
            // Keys are as many as columns; more than thousands of them are no columns.
            if self.looks.len() < 5_000 || self.looks.contains_key(&key) {
                self.looks.entry(key).or_default().see(&value, table);
            }
        }
        Ok(())
    }

    /// Whether it is a whole list.
    ///
    /// # Errors
    /// Where it holds nothing, an item twice, or question marks in the place of letters.
    pub fn whole(&mut self) -> Result<(), Refused> {
        if self.ids.is_empty() {
            return Err(Refused(
                "there are no items in it. Export it again with an account that may read the list".to_owned(),
            ));
        }
        if self.marks.is_ruin() {
            return Err(Refused(format!(
                "Vietnamese letters were turned into question marks ({} words are like “Th?ng”): an export in ASCII, which cannot be \
                 repaired. Export it again as UTF-8 (in Windows PowerShell: Export-Csv -Encoding UTF8)",
                self.marks.ruined
            )));
        }
        self.ids.sort_unstable();
        if let Some(twice) = self.ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Refused(format!(
                "the item with ID {} is there twice: two exports, or two lists, are in one place. Export it again into an empty folder",
                twice[0]
            )));
        }
        Ok(())
    }
}

impl Looks {
    fn see(&mut self, value: &Value, table: bool) {
        match value {
            Value::Null => return,
            Value::Bool(_) => self.truths += 1,
            Value::Number(_) => self.numbers += 1,
            Value::String(text) if text.trim().is_empty() => return,
            Value::String(text) => self.see_text(text, table),
            Value::Object(object) => match object.get("results") {
                Some(Value::Array(values)) => return self.see_several(values),
                _ if object.contains_key("__deferred") => return,
                _ if object.contains_key("TermGuid") => self.term += 1,
                _ if object.contains_key("Email") || object.contains_key("EMail") => self.person += 1,
                _ if object.contains_key("Url") => self.links += 1,
                _ if object.contains_key("LookupId") || object.contains_key("Id") || object.contains_key("ID") => {
                    self.lookup += 1;
                }
                _ => {}
            },
            Value::Array(values) => return self.see_several(values),
        }
        self.filled += 1;
    }

    fn see_several(&mut self, values: &[Value]) {
        let Some(first) = values.first() else { return };
        self.filled += 1;
        match first {
            Value::Object(object) if object.contains_key("TermGuid") => self.terms += 1,
            Value::Object(object) if object.contains_key("Email") || object.contains_key("EMail") => self.people += 1,
            Value::Object(_) | Value::Number(_) => self.lookups += 1,
            _ => self.several += 1,
        }
    }

    fn see_text(&mut self, text: &str, table: bool) {
        let text = text.trim();
        if dates::iso(text).is_some() {
            self.iso += 1;
        } else if text.starts_with("<img") || (text.starts_with('{') && text.contains("\"fileName\"")) {
            self.pictures += 1;
        } else if text.starts_with("http://") || text.starts_with("https://") {
            self.links += 1;
        } else if table && flat::is_pairs(text) {
            self.lookups += 1;
        } else if table && text.len() < 40 {
            self.see_cell(text);
        }
    }

    fn see_cell(&mut self, text: &str) {
        if matches!(text.to_lowercase().as_str(), "true" | "false" | "yes" | "no" | "có" | "không") {
            self.truths += 1;
        } else if text.bytes().all(|byte| byte.is_ascii_digit() || b".,-".contains(&byte))
            && flat::number(text, true).is_some()
        {
            self.numbers += 1;
        } else if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['/', '-', '.']) && text.len() >= 8 {
            let mut any = false;
            for (format, count) in dates::FORMATS.iter().zip(&mut self.dates) {
                if dates::formatted(text, format).is_some() {
                    *count += 1;
                    any = true;
                }
            }
            // "31/02/2020" is a date that is none.
            let shape =
                text.chars().take(10).filter(char::is_ascii_digit).count() >= 6 && text.matches('/').count() == 2;
            if any || shape {
                self.dated += 1;
                self.sample.get_or_insert_with(|| text.to_owned());
            }
        }
    }

    /// The `TypeAsString` that most of the values are of.
    pub fn kind(&self) -> &'static str {
        let date = self.iso + self.dated;
        let kinds = [
            (self.truths, "Boolean"),
            (self.numbers, "Number"),
            (date, "DateTime"),
            (self.pictures, "Image"),
            (self.links, "URL"),
            (self.term, "TaxonomyFieldType"),
            (self.terms, "TaxonomyFieldTypeMulti"),
            (self.person, "User"),
            (self.people, "UserMulti"),
            (self.lookup, "Lookup"),
            (self.lookups, "LookupMulti"),
            (self.several, "MultiChoice"),
        ];
        // A few values of another look are in every list, and none makes a column of texts another.
        let most = kinds.into_iter().max_by_key(|(count, _)| *count).filter(|(count, _)| *count * 10 > self.filled * 9);
        most.map_or("Text", |(_, kind)| kind)
    }

    /// The formats that most of its dates are in, if there are any that do not say it themselves.
    pub fn formats(&self) -> Vec<&'static str> {
        let most = self.dates.iter().max().copied().unwrap_or_default();
        let formats = dates::FORMATS.iter().zip(&self.dates).filter(|(_, count)| most > 0 && **count == most);
        formats.map(|(format, _)| *format).collect()
    }
}
