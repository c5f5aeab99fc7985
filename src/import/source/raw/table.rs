//! Tables: CSV as SharePoint and PowerShell write it, and the sheet of a workbook, a row at a time.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Cursor, Read as _},
    ops::ControlFlow,
    path::Path,
};

use calamine::{DataRef, DataType as _, Reader as _, Xlsx, open_workbook};
use serde_json::Value;

use super::{
    letters,
    refused::Refused,
    stream::{Row, Taker},
};

/// The largest workbook, and the most that its parts may be without compression: ten times what Excel makes of a list.
const WORKBOOK: (u64, u64) = (512 << 20, 4 << 30);
/// The longest line before a table's rows: a schema of some hundred columns is a tenth of it.
const FIRST_LINE: u64 = 8 << 20;

/// The first row of a table.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The names of its columns.
    pub names: Vec<String>,
    /// The columns' schemas, where the table carries them.
    pub schemas: Vec<String>,
}

/// Reads the head of a CSV file, and gives its rows, whose keys are `keys` in turn, to `take`.
///
/// # Errors
/// Where it is no table, or a row has more or fewer cells than the head.
pub fn csv(path: &Path, name: &str, keys: Option<&[String]>, take: &mut Taker<'_>) -> Result<Head, Refused> {
    let refused = |what: &dyn std::fmt::Display| Refused::file(name, what);
    let (mut letters, budget) = letters::open(path, name)?;
    let mut line = first_line(&mut letters, name)?;
    if let Some(page) = letters::page(&line) {
        return Err(refused(&page));
    }
    if line.starts_with("#TYPE") {
        line = first_line(&mut letters, name)?;
    }
    let mut head = Head::default();
    if let Some(schemas) = schemas(&mut line) {
        head.schemas = schemas;
        if line.trim().is_empty() {
            line = first_line(&mut letters, name)?;
        }
    }
    let mark = delimiter(&line);
    let mut table = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mark)
        .from_reader(Cursor::new(line.into_bytes()).chain(letters));
    let mut record = csv::StringRecord::new();
    let mut number = 0_u64;
    loop {
        budget.renew();
        if !table.read_record(&mut record).map_err(|error| refused(&not_csv(&error)))? {
            return Ok(head);
        }
        number += 1;
        if number == 1 {
            head.names = record.iter().map(|name| name.trim().to_owned()).collect();
            if keys.is_none() {
                return Ok(head);
            }
            continue;
        }
        if record.len() != head.names.len() {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let (cells, names) = (record.len(), head.names.len());
            return Err(refused(&format!(
                "row {number} has {cells} cells where the head has {names}: the file was cut off or edited. Export it again"
            )));
        }
        let cells = record.iter().zip(keys.unwrap_or_default()).filter(|(cell, _)| !cell.trim().is_empty());
        let row: Row = cells.map(|(cell, key)| (key.clone(), Value::String(cell.to_owned()))).collect();
        if !row.is_empty() && take(row)?.is_break() {
            return Ok(head);
        }
    }
}

fn not_csv(error: &csv::Error) -> String {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        return letters::NOT_UTF8.to_owned();
    }
    format!("it is no table ({error}). Export it again")
}

fn first_line(letters: &mut BufReader<letters::Bounded>, name: &str) -> Result<String, Refused> {
    let mut line = Vec::new();
    letters.take(FIRST_LINE).read_until(b'\n', &mut line).map_err(|error| Refused::file(name, error))?;
    if line.is_empty() {
        return Err(Refused::file(name, "it is empty. Export it again"));
    }
    String::from_utf8(line).map_err(|_| Refused::file(name, letters::NOT_UTF8))
}

/// Takes `ListSchema={…}` off the line: the schemas of the columns.
fn schemas(line: &mut String) -> Option<Vec<String>> {
    let start = line.trim_start_matches('"');
    let json = start.strip_prefix("ListSchema=")?;
    // As a cell of the table its quotes are doubled.
    let quoted = start.len() < line.len();
    let json = if quoted { json.replace("\"\"", "\"") } else { json.to_owned() };
    let mut values = serde_json::Deserializer::from_str(&json).into_iter::<Value>();
    let value = values.next().and_then(Result::ok).unwrap_or_default();
    let rest = json.get(values.byte_offset()..).unwrap_or_default().trim_start_matches(['"', ',']).to_owned();
    let schemas = value.get("schemaXmlList").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    *line = rest;
    Some(schemas.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What stands between cells: the most frequent outside of quotes.
fn delimiter(head: &str) -> u8 {
    let plain: String = head.split('"').step_by(2).collect();
    let count = |mark: u8| plain.bytes().filter(|byte| *byte == mark).count();
    [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// Reads the head of the first sheet that has one, and gives its rows to `take`, as [`csv`] does.
///
/// # Errors
/// Where it is no workbook, or one that no list makes.
pub fn workbook(path: &Path, name: &str, keys: Option<&[String]>, take: &mut Taker<'_>) -> Result<Head, Refused> {
    let refused = |what: &dyn std::fmt::Display| Refused::file(name, what);
    bearable(path, name)?;
    let broken =
        |error: calamine::XlsxError| refused(&format!("it is no workbook, or a broken one ({error}). Export it again"));
    let mut book: Xlsx<_> = open_workbook(path).map_err(broken)?;
    for sheet in book.sheet_names() {
        let mut cells = book.worksheet_cells_reader(&sheet).map_err(broken)?;
        let mut head = Head::default();
        let mut row = Row::new();
        let mut at = None;
        loop {
            let cell = cells.next_cell().map_err(broken)?;
            let place = cell.as_ref().map(calamine::Cell::get_position);
            if let Some(last) = at.filter(|last| Some(*last) != place.map(|(line, _)| line)) {
                // A row is whole when one of another begins.
                if head.names.is_empty() {
                    head.names = names(&row);
                    if !head.names.is_empty() && keys.is_none() {
                        return Ok(head);
                    }
                } else if !row.is_empty() {
                    let keyed = keyed(std::mem::take(&mut row), keys.unwrap_or_default());
                    if !keyed.is_empty()
                        && take(keyed).map_err(|what| Refused(format!("{what} (row {})", last + 1)))?.is_break()
                    {
                        return Ok(head);
                    }
                }
                row.clear();
            }
            let (Some(cell), Some((line, column))) = (cell, place) else { break };
            at = Some(line);
            if let Some(value) = value(cell.get_value()) {
                row.insert(column.to_string(), value);
            }
        }
        if !head.names.is_empty() {
            return Ok(head);
        }
    }
    Err(refused(&"none of its sheets has an ID column in its first row. Add ID to the view, and export it again"))
}

/// The names in the first row, if one of them is that of the items' numbers.
fn names(row: &Row) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let places: Vec<usize> = row.keys().filter_map(|key| key.parse().ok()).collect();
    let names: Vec<String> = (0..=places.into_iter().max().unwrap_or(0))
        .map(|column| row.get(&column.to_string()).map(text).unwrap_or_default().trim().to_owned())
        .collect();
    if names.iter().any(|name| crate::import::source::names::of_header(name) == Some("ID")) {
        names
    } else {
        Vec::new()
    }
}

fn keyed(row: Row, keys: &[String]) -> Row {
    let cells =
        row.into_iter().filter_map(|(column, value)| Some((keys.get(column.parse::<usize>().ok()?)?.clone(), value)));
    cells.collect()
}

fn value(cell: &DataRef<'_>) -> Option<Value> {
    Some(match cell {
        DataRef::Int(number) => Value::from(*number),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::from(*number as i64),
        DataRef::Float(number) => Value::from(*number),
        DataRef::Bool(truth) => Value::Bool(*truth),
        DataRef::DateTime(_) => {
            // Days are counted in fractions: what is meant is the nearest second.
            let clock = cell.as_datetime()? + chrono::TimeDelta::milliseconds(500);
            Value::String(clock.format("%Y-%m-%dT%H:%M:%S").to_string())
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) | DataRef::String(text) => said(text)?,
        DataRef::SharedString(text) => said(text)?,
        DataRef::Error(_) | DataRef::Empty => return None,
    })
}

fn said(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| Value::String(text.replace("_x000D_", "").replace("\r\n", "\n")))
}

/// Whether a workbook is of a size that can be read: small parts may be compressed into less than nothing.
fn bearable(path: &Path, name: &str) -> Result<(), Refused> {
    let refused = |what: &dyn std::fmt::Display| Refused::file(name, what);
    let too_large = "it is larger than any list makes a workbook. Export the list as a bundle instead";
    let file = File::open(path).map_err(|error| refused(&error))?;
    if file.metadata().map_err(|error| refused(&error))?.len() > WORKBOOK.0 {
        return Err(refused(&too_large));
    }
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let no_workbook = "it is no workbook. Save it as .xlsx, or as CSV in UTF-8";
    let archive = rawzip::ZipArchive::from_file(file, &mut buffer).map_err(|_| refused(&no_workbook))?;
    let mut entries = archive.entries(&mut buffer);
    let mut size = 0_u64;
    while let Some(entry) = entries.next_entry().map_err(|_| refused(&no_workbook))? {
        size = size.saturating_add(entry.uncompressed_size_hint());
    }
    if size > WORKBOOK.1 { Err(refused(&too_large)) } else { Ok(()) }
}

/// One that takes nothing, for whoever asks for a head alone.
pub fn nothing(_: Row) -> Result<ControlFlow<()>, Refused> {
    Ok(ControlFlow::Break(()))
}
