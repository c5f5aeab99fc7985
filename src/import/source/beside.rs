//! What a bundle has beside its items: the labels of terms, and the titles of other lists' items.

use std::collections::HashMap;

use serde_json::Value;

use super::{context::Terms, listed, raw::folder::Folder};
use crate::text::fold_key;

/// Labels of terms: rows of the hidden list of terms, or an object from GUID to label.
pub fn terms(rows: &[Value]) -> Terms {
    let mut terms = Terms::default();
    for row in rows.iter().filter_map(Value::as_object) {
        let text = |keys: &[&str]| {
            let found =
                keys.iter().filter_map(|key| row.get(*key)?.as_str()).map(str::trim).find(|text| !text.is_empty());
            found.map(str::to_owned)
        };
        // A path of terms ends with the term's own label.
        let label = text(&["Title", "Label", "Name", "label", "name"])
            .or_else(|| text(&["Term"])?.rsplit(':').next().map(str::to_owned));
        let guid =
            text(&["IdForTerm", "TermGuid", "guid"]).or_else(|| text(&["Id", "id"])).and_then(|id| listed::guid(&id));
        let number = ["WssId", "Id", "ID"].iter().find_map(|key| row.get(*key)?.as_i64());
        match label {
            Some(label) => {
                if let Some(guid) = &guid {
                    terms.by_guid.insert(guid.clone(), label.clone());
                }
                if let Some(number) = number {
                    terms.by_number.insert(number, (label, guid));
                }
            }
            None => {
                let labels =
                    row.iter().filter_map(|(guid, label)| Some((listed::guid(guid)?, label.as_str()?.to_owned())));
                terms.by_guid.extend(labels);
            }
        }
    }
    terms
}

/// Titles of the items of other lists, by the list's GUID or the name of the file; and what could not be read.
pub fn lookups(folder: &Folder, unread: &mut Vec<String>) -> HashMap<String, HashMap<i64, String>> {
    let mut lists = HashMap::new();
    for name in folder.names("lookups") {
        let Some(list) = name.strip_suffix(".json") else { continue };
        let rows = match folder.rows(&format!("lookups/{name}")) {
            Some(Ok(rows)) => rows,
            Some(Err(refused)) => {
                unread.push(refused.0);
                continue;
            }
            None => continue,
        };
        let titled = rows.iter().filter_map(|row| {
            let id = row.get("Id").or_else(|| row.get("ID"))?.as_i64()?;
            let title = ["Title", "Name", "FileLeafRef"].iter().find_map(|key| row.get(*key)?.as_str())?;
            Some((id, title.to_owned()))
        });
        lists.insert(listed::guid(list).unwrap_or_else(|| fold_key(list)), titled.collect());
    }
    lists
}
