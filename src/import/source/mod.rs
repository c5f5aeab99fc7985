//! A list as it was exported, in whichever shape: read once to see that it is whole, then item by item, however large it is.
//!
//! - [`Source::open`] reads all of it once, keeps the numbers of its items and forgets the rest: what is cut off, ruined or
//!   double is refused before anything is written anywhere.
//! - [`Source::items`] reads it again, an item at a time.
//!
//! Nothing outside of the folder that was named is ever opened.

mod beside;
mod context;
mod convert;
mod dates;
mod files;
mod flat;
mod listed;
mod marks;
mod names;
mod past;
mod people;
mod raw;
mod scan;
mod settle;
mod shape;
mod state;
#[cfg(test)]
mod tests;
mod value;

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
};

pub use people::User;
pub use raw::refused::Refused;
pub use shape::Shape;

use context::{Context, Kinds};
use files::Files;
use people::People;
use scan::Scan;
use shape::Parts;

use super::{fields::Fields, item::Item, mapping::Mapping};

/// How many items may wait to be taken.
const AHEAD: usize = 16;

/// The most rows of a CSV file that a list's menu makes, where it stops without a word.
const CUT: u64 = 30_000;

/// A list as it was exported.
pub struct Source {
    parts: Arc<Parts>,
    context: Arc<Context>,
    files: Files,
    missing: Vec<String>,
    count: u64,
    types: BTreeMap<String, u64>,
    formats: Vec<(String, String)>,
}

impl Source {
    /// Looks through the whole of it.
    ///
    /// # Errors
    /// Where it is not whole, not a list, or not the list that the mapping is for.
    pub fn open(path: &Path, mapping: Option<&Mapping>) -> Result<Self, Refused> {
        let mut parts = Parts::find(path)?;
        let folder = parts.folder().clone();
        let mut missing = Vec::new();
        let (mut listed, mut list) = (Vec::new(), super::fields::List::default());
        match folder.rows("fields.json") {
            Some(rows) => listed = listed::fields(&rows?)?,
            None => missing.push("fields.json: names and types of the columns are guessed from the items".to_owned()),
        }
        match folder.json("list.json") {
            Some(json) => list = listed::list(&json?),
            None if parts.shape() == Shape::Bundle => {
                missing.push("list.json: which list it is, the mapping has to say".to_owned());
            }
            None => {}
        }
        same_list(&mut list, mapping)?;
        let table = parts.settle_head(&mut listed, &mut missing)?;

        let mut scan = Scan::default();
        let name = path.display().to_string();
        parts.each(&mut |row| scan.see(row, &name, table).map(|()| ControlFlow::Continue(())))?;
        scan.whole().map_err(|refused| Refused::file(&name, refused))?;
        if parts.shape() == Shape::Csv && scan.count() == CUT {
            return Err(Refused::file(
                &name,
                "it has exactly 30,000 rows, where the menu “Export to CSV” stops without a word: the rest of the list is not in it. \
                 Export the list with the script in examples/sharepoint, or in parts by views",
            ));
        }
        if scan.pnp {
            parts.is_pnp();
        }
        if !table {
            settle::discover(&mut listed, &scan);
        }
        let mut fields = Fields { list, all: listed };
        let written = settle::written(&mut fields, &scan, mapping, table, &mut missing)?;
        for column in &scan.type_names {
            missing
                .push(format!("values of “{column}”: some are names of types, which PowerShell wrote in their place"));
        }

        let users = folder.rows("users.json").transpose()?;
        let terms = folder.rows("terms.json").transpose()?;
        let mut unread = Vec::new();
        let context = Context {
            people: People::new(users.clone().unwrap_or_default(), mapping),
            terms: beside::terms(&terms.clone().unwrap_or_default()),
            lookups: beside::lookups(&folder, &mut unread),
            kinds: Kinds {
                said: mapping.map(|mapping| mapping.content_types.clone()).unwrap_or_default(),
                most: scan.types.iter().max_by_key(|(_, count)| **count).map(|(kind, _)| kind.clone()),
            },
            zone: mapping.map(|mapping| mapping.source.time_zone).unwrap_or_default(),
            table,
            html: folder.find("html").is_some(),
            versions: folder.find("versions").is_some(),
            attachments: folder.find("Attachments").is_some(),
            written,
            fields,
            folder: folder.clone(),
        };
        missing.extend(unread);
        missing.extend(shape::missing(&context, parts.shape(), users.is_some(), terms.is_some()));
        let facts = mapping.map(|mapping| mapping.source.clone()).unwrap_or_default();
        let formats = context.columns().filter(|(_, written)| table && written.kind == context::Kind::Date);
        let formats =
            formats.filter_map(|(field, written)| Some((field.internal.clone(), written.format.clone()?))).collect();
        Ok(Self {
            files: Files::new(folder, &facts),
            count: scan.count(),
            types: scan.types,
            parts: Arc::new(parts),
            context: Arc::new(context),
            missing,
            formats,
        })
    }

    /// In which shape it is.
    pub fn shape(&self) -> Shape {
        self.parts.shape()
    }

    /// The columns, and which list they are of.
    pub fn fields(&self) -> &Fields {
        &self.context.fields
    }

    /// Tells `each` of all items that become articles: their numbers, and the pages that they were. Of their past nothing is read.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn articles(&self, mut each: impl FnMut(i64, Option<String>)) -> Result<(), Refused> {
        self.parts.each(&mut |row| {
            if let Some((item, page)) = convert::article(&self.context, row) {
                each(item, page);
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The items, in the order of the files. Each call reads from the start.
    pub fn items(&self) -> impl Iterator<Item = Result<Item, Refused>> + Send + use<> {
        let (to, items) = mpsc::sync_channel(AHEAD);
        let (parts, context) = (Arc::clone(&self.parts), Arc::clone(&self.context));
        let failed = to.clone();
        let reading = thread::Builder::new().name("import".to_owned()).spawn(move || {
            let outcome = parts.each(&mut |row| {
                let item = convert::item(&context, row)?;
                // Whoever asked may have enough.
                Ok(if to.send(Ok(item)).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            });
            if let Err(refused) = outcome {
                let _ = to.send(Err(refused));
            }
        });
        if let Err(error) = reading {
            let _ = failed.try_send(Err(Refused(format!("no thread to read with: {error}"))));
        }
        items.into_iter()
    }

    /// How many items there are.
    pub fn items_in_all(&self) -> u64 {
        self.count
    }

    /// The file at this address: from the root of the server ("/sites/tin/Anh/a b.jpg"), or whole with the host of the site
    /// or one of its aliases; escaped or not.
    pub fn file(&self, address: &str) -> Option<PathBuf> {
        self.files.find(address)
    }

    /// The people of the site by number, if the source tells.
    pub fn people(&self) -> &BTreeMap<i64, User> {
        &self.context.people.users
    }

    /// What the source does not have, for a person to read.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// How many items there are of each content type, by id or name.
    pub fn content_types(&self) -> &BTreeMap<String, u64> {
        &self.types
    }

    /// The formats of columns of a table whose dates do not tell it themselves: internal name and format.
    pub fn date_formats(&self) -> &[(String, String)] {
        &self.formats
    }
}

/// Whether the list is the one that the mapping is for; where nobody tells, it is.
fn same_list(list: &mut super::fields::List, mapping: Option<&Mapping>) -> Result<(), Refused> {
    let Some(wanted) = mapping.and_then(|mapping| mapping.source.list.clone()) else { return Ok(()) };
    match &list.id {
        Some(id) if *id != wanted => Err(Refused(format!(
            "this is the list {id}{}, and the mapping is for {wanted}. Take the mapping of this list, or correct list in [source]",
            list.title.as_ref().map(|title| format!(" “{title}”")).unwrap_or_default()
        ))),
        _ => {
            list.id = Some(wanted);
            Ok(())
        }
    }
}
