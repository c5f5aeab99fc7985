//! In which shape a list was exported, and where its rows are.

use std::{fs, path::Path};

use super::{
    context::{Context, Kind},
    listed,
    raw::{
        folder::Folder,
        refused::Refused,
        stream::{self, Taker},
        table,
    },
    settle,
};
use crate::import::fields::Field;

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

/// Where the rows of a source are.
#[derive(Debug)]
pub struct Parts {
    folder: Folder,
    shape: Shape,
    /// The files that hold them, in order.
    names: Vec<String>,
    /// What the cells of a table are, in order.
    keys: Vec<String>,
}

/// What there is to do where nothing is found.
const EXPECTED: &str = "A bundle is a folder with items-*.json, as the script in examples/sharepoint writes it; a list may also be one \
                        .csv or .xlsx file with an ID column, beside Attachments/, or one .json file";

impl Parts {
    /// Finds them.
    pub fn find(path: &Path) -> Result<Self, Refused> {
        let shown = path.display().to_string();
        let about = fs::metadata(path).map_err(|error| Refused::file(&shown, error))?;
        if about.is_file() {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name =
                path.file_name().and_then(|name| name.to_str()).ok_or_else(|| Refused::file(&shown, EXPECTED))?;
            let folder = Folder::open(parent)?;
            let shape = of_name(name).ok_or_else(|| Refused::file(&shown, unknown(name)))?;
            if folder.file(name).is_none() {
                return Err(Refused::file(&shown, "it is a link out of its folder, or no file"));
            }
            return Ok(Self { folder, shape, names: vec![name.to_owned()], keys: Vec::new() });
        }
        let folder = Folder::open(path)?;
        let all = folder.names("");
        let is_page = |name: &&String| {
            let name = name.to_lowercase();
            name.starts_with("items") && of_name(&name) == Some(Shape::Json)
        };
        let pages: Vec<String> =
            all.iter().filter(is_page).filter(|name| folder.file(name).is_some()).cloned().collect();
        if !pages.is_empty() {
            no_gap(&pages)?;
            return Ok(Self { folder, shape: Shape::Bundle, names: pages, keys: Vec::new() });
        }
        if all.iter().any(|name| name == "Manifest.xml" || name.to_lowercase().ends_with(".cmp")) {
            return Err(Refused::file(
                &shown,
                "it is a package of SharePoint's own export (.cmp), which is not read. Export the list with the script in examples/sharepoint",
            ));
        }
        let beside = ["fields.json", "list.json", "users.json", "terms.json", "state.json"];
        let plain = |name: &&String| !name.starts_with(['.', '~']) && !beside.contains(&name.as_str());
        let tables: Vec<(&String, Shape)> =
            all.iter().filter(plain).filter_map(|name| Some((name, of_name(name)?))).collect();
        let [(name, mut shape)] = tables[..] else {
            let what = if tables.is_empty() {
                "there is no list in it"
            } else {
                "several files in it may be the list; name one of them"
            };
            return Err(Refused::file(&shown, format!("{what}. {EXPECTED}")));
        };
        if shape == Shape::Xlsx && (folder.find("Documents").is_some() || folder.find("Attachments").is_some()) {
            shape = if folder.find("Documents").is_some() { Shape::ShareGate } else { shape };
        }
        let names = vec![name.clone()];
        Ok(Self { folder, shape, names, keys: Vec::new() })
    }

    /// The folder, out of which nothing leads.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// In which shape it is.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The pages are files of PnP, not of REST.
    pub fn is_pnp(&mut self) {
        self.shape = Shape::Json;
    }

    /// Reads the head of a table into the columns; tells whether it is one.
    pub fn settle_head(&mut self, listed: &mut Vec<Field>, missing: &mut Vec<String>) -> Result<bool, Refused> {
        let (Some(name), true) = (self.names.first(), self.is_table()) else { return Ok(false) };
        let head = self.table(name, None, &mut table::nothing)?;
        let mut known = std::mem::take(listed);
        if known.is_empty() {
            known = listed::of_schemas(&head.schemas);
        }
        let (fields, keys) = settle::of_head(&head, known.clone(), name)?;
        let left: Vec<&str> = known
            .iter()
            .filter(|field| field.is_asked_for() && !keys.contains(&field.internal))
            .map(|field| field.display.as_str())
            .collect();
        if !left.is_empty() {
            missing.push(format!("columns of the list that the view does not show: {}", left.join(", ")));
        }
        (*listed, self.keys) = (fields, keys);
        Ok(true)
    }

    fn is_table(&self) -> bool {
        matches!(self.shape, Shape::Csv | Shape::Xlsx | Shape::ShareGate)
    }

    fn table(&self, name: &str, keys: Option<&[String]>, take: &mut Taker<'_>) -> Result<table::Head, Refused> {
        let path = self.folder.file(name).ok_or_else(|| Refused::file(name, "it is gone"))?;
        if self.shape == Shape::Csv {
            table::csv(&path, name, keys, take)
        } else {
            table::workbook(&path, name, keys, take)
        }
    }

    /// Gives each row to `take`.
    ///
    /// # Errors
    /// Where a file cannot be read, or the last page says that there is another.
    pub fn each(&self, take: &mut Taker<'_>) -> Result<(), Refused> {
        for (at, name) in self.names.iter().enumerate() {
            if self.is_table() {
                self.table(name, Some(&self.keys), take)?;
                continue;
            }
            let path = self.folder.file(name).ok_or_else(|| Refused::file(name, "it is gone"))?;
            let page = stream::each(&path, name, take).map_err(|refused| match refused.0.starts_with(name) {
                true => refused,
                false => Refused::file(name, refused),
            })?;
            if page.stopped {
                return Ok(());
            }
            if page.next.is_some() && at + 1 == self.names.len() {
                return Err(Refused::file(
                    name,
                    "it is the last page and names another: the export was cut off. Run the export again; it goes on where it ended",
                ));
            }
        }
        Ok(())
    }
}

fn of_name(name: &str) -> Option<Shape> {
    match name.to_lowercase().rsplit_once('.')?.1 {
        "json" => Some(Shape::Json),
        "csv" | "tsv" | "txt" => Some(Shape::Csv),
        "xlsx" | "xlsm" => Some(Shape::Xlsx),
        _ => None,
    }
}

fn unknown(name: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "xls" | "xlsb" | "iqy" => format!("a .{ending} file is not read. Open it in Excel and save it as .xlsx"),
        "zip" => "it is packed. Unpack it, and name the folder".to_owned(),
        _ => format!("it is none of the files that a list is exported to. {EXPECTED}"),
    }
}

/// Pages are numbered: one that is missing among them was not written, or was lost.
fn no_gap(pages: &[String]) -> Result<(), Refused> {
    let number = |name: &String| {
        name.rsplit(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse::<u64>().ok()
    };
    let numbers: Vec<u64> = pages.iter().filter_map(number).collect();
    let steps = || numbers.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let from_one = numbers.first().is_some_and(|first| *first <= 1) && steps().min() == Some(1);
    match numbers.windows(2).find(|pair| pair[1] > pair[0] + 1) {
        Some(pair) if from_one => Err(Refused(format!(
            "the page {} of the items is missing (there are {} and {}). Run the export again; it writes what is missing",
            pair[0] + 1,
            pair[0],
            pair[1]
        ))),
        _ => Ok(()),
    }
}

/// What a source lacks that another would have, and what comes of that.
pub fn missing(context: &Context, shape: Shape, users: bool, terms: bool) -> Vec<String> {
    let has = |wanted: fn(Kind) -> bool| {
        context.columns().any(|(field, written)| field.is_asked_for() && wanted(written.kind))
    };
    let mut missing = Vec::new();
    let mut lacks = |lacks: bool, what: &str| {
        if lacks {
            missing.push(what.to_owned());
        }
    };
    let full = shape == Shape::Bundle;
    lacks(full && !context.versions, "versions/: only the current state of each item is known, and none before it");
    lacks(!full, "versions: this shape has the current state of each item alone");
    lacks(full && !users, "users.json: people are known by their numbers alone");
    lacks(
        full && !terms && has(|kind| kind == Kind::Terms(false)),
        "terms.json: a single term has its number in the place of its label",
    );
    lacks(
        full && !context.html && has(|kind| kind == Kind::Publishing),
        "html/: pictures of publishing images are told there alone",
    );
    lacks(
        context.folder.find("files").is_none() && context.folder.find("Attachments").is_none(),
        "files/: no picture, recording or attachment can be brought over",
    );
    missing
}
