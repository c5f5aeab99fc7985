//! What turning an item into a plan works with: the list, its files and mapping, and what is gathered on the way.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use uuid::Uuid;

use super::links::{self, Known, Links};
use crate::{
    import::{
        item::{Person, Snapshot, Value},
        mapping::{Column, Columns, Mapping, Target},
        plan::{Bytes, Content, File},
        report::{Loss, LossCode},
        source::Source,
    },
    text::Players,
};

/// Turns items into plans.
pub struct Converter<'a> {
    /// The list.
    pub list: Uuid,
    /// Where its files are.
    pub source: &'a Source,
    /// What becomes of it.
    pub mapping: &'a Mapping,
    /// Its columns.
    pub columns: &'a Columns,
    /// Which items there are.
    pub known: &'a Known,
    /// Which players bodies may embed.
    pub players: &'a Players,
}

/// Why nothing goes on: something that a person has to decide.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stop(pub String);

/// What is gathered beside the versions of a plan.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) files: BTreeMap<Content, File>,
    pub(super) losses: Vec<Loss>,
    /// What is in the files that were read: most versions show the same.
    read: HashMap<PathBuf, Content>,
    /// The body that was converted last, as it stood there, and what came of it: most versions say the same.
    pub(super) body: Option<(String, Option<String>)>,
}

impl Beside {
    pub(super) fn lose(&mut self, code: LossCode, field: &str, sample: &str) {
        self.add([Loss::new(code, field, sample)]);
    }

    /// What is lost of many versions is lost once.
    pub(super) fn add(&mut self, losses: impl IntoIterator<Item = Loss>) {
        for loss in losses {
            if !self.losses.contains(&loss) {
                self.losses.push(loss);
            }
        }
    }

    /// A file, read once to know what is in it.
    pub(super) fn file(&mut self, field: &str, name: &str, bytes: Bytes) -> Option<Content> {
        let content = match &bytes {
            Bytes::These(bytes) => Content::of(bytes),
            Bytes::In(path) => match self.read.get(path).map_or_else(|| links::digest_of(path), |known| Ok(*known)) {
                Ok(content) => *self.read.entry(path.clone()).or_insert(content),
                Err(error) => {
                    self.lose(LossCode::MediaMissing, field, &format!("{name}: {error}"));
                    return None;
                }
            },
        };
        self.files.entry(content).or_insert_with(|| File { name: name.to_owned(), bytes });
        Some(content)
    }
}

impl Converter<'_> {
    pub(super) fn links(&self) -> Links<'_> {
        Links { list: self.list, source: self.source, mapping: self.mapping, known: self.known }
    }

    /// The column that becomes this, and what it holds.
    pub(super) fn value<'s>(&self, target: Target, snapshot: &'s Snapshot) -> Option<(&Column, &'s Value)> {
        let column = self.columns.one(target)?;
        Some((column, snapshot.values.get(&column.internal)?))
    }
}

/// Somebody, for a person to read.
pub(super) fn named(person: &Person) -> String {
    match (&person.name, person.id) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => format!("#{id}"),
        (None, None) => String::new(),
    }
}

/// No more characters of a text than its field takes.
pub(super) fn cut(text: String, most: usize, field: &str, beside: &mut Beside) -> String {
    if text.chars().count() <= most {
        return text;
    }
    beside.lose(LossCode::TextCut, field, &text);
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}
