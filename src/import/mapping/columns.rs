//! A mapping held against a list.

use std::collections::BTreeMap;

use super::{Mapping, Table, Target, Use, Zone};
use crate::import::fields::{Field, Fields};

/// The columns of a list by what they become.
#[derive(Clone, Debug, Default)]
pub struct Columns(BTreeMap<Target, Vec<Column>>);

/// A column that becomes something.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it becomes.
    pub target: Target,
    /// Its name in [`Snapshot::values`](crate::import::item::Snapshot::values).
    pub internal: String,
    /// What people call it.
    pub display: String,
    /// `TypeAsString`.
    pub kind: String,
    /// A day, kept as the midnight of the zone.
    pub date_only: bool,
    /// Notes that are added to: each version holds one.
    pub append_only: bool,
    /// What its values become: the table that the mapping names, or that of its target.
    pub values: Option<Table>,
    /// What stands between values, where several are written in one text.
    pub split: Option<String>,
    /// How its dates are written.
    pub format: Option<String>,
    /// Whose clocks its dates are of.
    pub zone: Zone,
}

impl Columns {
    /// The columns that become this, in the list's order; one at most but for those that take many.
    pub fn of(&self, target: Target) -> &[Column] {
        self.0.get(&target).map_or(&[], Vec::as_slice)
    }

    /// The column that becomes this.
    pub fn one(&self, target: Target) -> Option<&Column> {
        self.of(target).first()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.values().flatten()
    }
}

impl Mapping {
    /// The columns of the list as this mapping uses them.
    ///
    /// # Errors
    /// All that is wrong, a sentence each: columns that are not named, or not there; two that become the same; tables that
    /// are missing.
    pub fn check(&self, fields: &Fields) -> Result<Columns, Vec<String>> {
        let mut wrong = Vec::new();
        let mut uses: BTreeMap<&str, &Use> = BTreeMap::new();
        for (name, how) in &self.columns {
            match self.find(fields, name) {
                Ok(field) => {
                    if uses.insert(&field.internal, how).is_some() {
                        wrong
                            .push(format!("[columns] names the column “{}” ({}) twice", field.display, field.internal));
                    }
                }
                Err(complaint) => wrong.push(complaint),
            }
        }
        let mut columns: BTreeMap<Target, Vec<Column>> = BTreeMap::new();
        for field in &fields.all {
            match uses.get(field.internal.as_str()) {
                None if field.is_asked_for() => wrong.push(format!(
                    "[columns] does not name “{}”; write what it becomes, or \"ignore\"",
                    fields.name_of(field)
                )),
                None | Some(Use::Ignore) => {}
                Some(Use::To { target, values, split, format, zone }) => {
                    if let Some(table) = values.as_deref().filter(|name| self.table(name).is_none()) {
                        wrong.push(format!("“{}” names a table [{table}] that is not there", fields.name_of(field)));
                    }
                    let zone = zone.unwrap_or(self.source.time_zone);
                    columns.entry(*target).or_default().push(Column {
                        target: *target,
                        internal: field.internal.clone(),
                        display: field.display.clone(),
                        kind: field.kind.clone(),
                        date_only: field.date_only,
                        append_only: field.append_only,
                        values: values.as_deref().or(of_target(*target)).and_then(|name| self.table(name)).cloned(),
                        split: split.clone(),
                        format: format.clone().or_else(|| self.source.date_format.clone()),
                        zone,
                    });
                }
            }
        }
        for (target, rivals) in columns.iter().filter(|(target, rivals)| rivals.len() > 1 && !target.takes_many()) {
            let names = rivals.iter().map(|column| format!("“{}”", column.display)).collect::<Vec<_>>().join(" and ");
            wrong.push(format!("{names} both become \"{target}\"; make all but one of them \"ignore\""));
        }
        if columns.get(&Target::Title).is_none_or(Vec::is_empty) {
            wrong.push("no column becomes \"title\"".to_owned());
        }
        if wrong.is_empty() { Ok(Columns(columns)) } else { Err(wrong) }
    }

    fn find<'a>(&self, fields: &'a Fields, name: &str) -> Result<&'a Field, String> {
        // A column that people see goes before one of the same name that only programs see.
        let called = fields.called(name);
        match called[..] {
            [field] if fields.internal(name).is_none_or(|it| it == field || self.columns.contains_key(&it.display)) => {
                Ok(field)
            }
            _ => match fields.internal(name) {
                Some(field) => Ok(field),
                None if called.is_empty() => Err(format!("[columns] names “{name}”, which is no column of the list")),
                None => {
                    let names =
                        called.iter().map(|field| format!("\"{}\"", field.internal)).collect::<Vec<_>>().join(", ");
                    Err(format!(
                        "{} columns are called “{name}”; name each by its internal name: {names}",
                        called.len()
                    ))
                }
            },
        }
    }
}

/// The table that a field of ours is looked up in where a column names none.
fn of_target(target: Target) -> Option<&'static str> {
    match target {
        Target::Category => Some("categories"),
        Target::ArticleType => Some("article_types"),
        _ => None,
    }
}
