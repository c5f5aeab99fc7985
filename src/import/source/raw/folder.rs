//! The folder that was named, out of which nothing leads.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{letters, refused::Refused};

/// The largest of the files that are read whole: all versions of an item, all people of a site.
const WHOLE: u64 = 256 << 20;

/// A folder, and the way into it.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// This folder.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        let root = fs::canonicalize(path).map_err(|error| Refused::file(&path.display().to_string(), error))?;
        Ok(Self { root })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file or folder of this name within, wherever links lead; none that is outside.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.inside(&self.root.join(name))
    }

    /// The same path without links, if it is inside.
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        fs::canonicalize(path).ok().filter(|path| path.starts_with(&self.root))
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        self.find(name).filter(|path| path.is_file())
    }

    /// The names in a folder within, sorted by name; numbers by what they are.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Some(entries) = self.find(folder).and_then(|path| fs::read_dir(path).ok()) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_by_cached_key(|name| in_order(name));
        names
    }

    /// The text of a file that is read whole.
    pub fn text(&self, name: &str) -> Option<Result<String, Refused>> {
        let path = self.file(name)?;
        Some(read_whole(&path, name))
    }

    /// The JSON of a file that is read whole.
    pub fn json(&self, name: &str) -> Option<Result<Value, Refused>> {
        let text = match self.text(name)? {
            Ok(text) => text,
            Err(refused) => return Some(Err(refused)),
        };
        let value = serde_json::from_str(&text).map_err(|error| Refused::file(name, letters::not_json(&text, &error)));
        Some(value)
    }

    /// The objects of a file that is read whole, in whichever envelope they are.
    pub fn rows(&self, name: &str) -> Option<Result<Vec<Value>, Refused>> {
        Some(self.json(name)?.map(unwrapped))
    }
}

/// Sorts "items-2.json" before "items-10.json".
fn in_order(name: &str) -> (String, Vec<u64>, String) {
    let numbers = name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    (name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().to_owned(), numbers, name.to_owned())
}

fn read_whole(path: &Path, name: &str) -> Result<String, Refused> {
    let file = File::open(path).map_err(|error| Refused::file(name, error))?;
    let mut text = Vec::new();
    let size = file.take(WHOLE + 1).read_to_end(&mut text).map_err(|error| Refused::file(name, error))?;
    if size as u64 > WHOLE {
        return Err(Refused::file(name, "this is larger than 256 MiB, which no such file is"));
    }
    letters::decoded(text).map_err(|what| Refused::file(name, what))
}

/// What is inside `value`, `d` and `results`; an object alone is one row.
pub fn unwrapped(value: Value) -> Vec<Value> {
    match value {
        Value::Array(rows) => rows,
        Value::Object(mut object) => match ["value", "results", "d"].iter().find_map(|key| object.remove(*key)) {
            Some(inner) => unwrapped(inner),
            None => vec![Value::Object(object)],
        },
        _ => Vec::new(),
    }
}
