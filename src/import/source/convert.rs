//! An item out of a row.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    context::{Context, Kind, Written},
    flat, listed, marks, past,
    raw::{folder, refused::Refused, stream::Row},
    state,
};
use crate::import::{
    fields::Field,
    item::{Attachment, Item, ItemKind, Snapshot, Value},
    report::{Loss, LossCode},
};

/// The number of the item in this row, however it is written.
pub fn id_of(row: &Row) -> Option<i64> {
    let id = row.get("ID").or_else(|| row.get("Id")).or_else(|| row.get("id"))?;
    let number = match id {
        Json::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64)),
        Json::String(text) => flat::number(text, true)?.parse().ok(),
        _ => None,
    };
    number.filter(|id| *id > 0)
}

/// The values of a row of PnP, which stand beside its number.
pub fn plain(mut row: Row) -> Row {
    match row.remove("FieldValues") {
        Some(Json::Object(values)) => {
            let mut values = values;
            for key in ["Id", "ID"] {
                if let Some(id) = row.remove(key)
                    && !values.contains_key("ID")
                {
                    values.insert("ID".to_owned(), id);
                }
            }
            values
        }
        _ => row,
    }
}

/// The id and the name of a row's content type.
pub fn content_type(row: &Row) -> (Option<&str>, Option<&str>) {
    let id = row.get("ContentTypeId").and_then(|id| id.as_str().or_else(|| id.get("StringValue")?.as_str()));
    let name = row.get("ContentType").and_then(|name| name.as_str().or_else(|| name.get("Name")?.as_str()));
    (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty()))
}

/// The item that this row tells of, with its past.
///
/// # Errors
/// Where it has no number.
pub fn item(context: &Context, row: Row) -> Result<Item, Refused> {
    let row = plain(row);
    let id = id_of(&row).ok_or_else(|| Refused("an item has no ID".to_owned()))?;
    let mut losses = Vec::new();
    let mut now = state::snapshot(context, &row, id, false, &mut losses);
    let pictures = pictures(context, &row, id, &mut now);
    let created = state::moment(context, &row, "Created");
    let mut created_by = state::person(context, &row, "Author");
    let versions = past::all(context, id, &row, now, &mut created_by, &pictures, &mut losses);
    if let Some(now) = versions.last() {
        told_marks(context, now, &mut losses);
    }
    Ok(Item {
        id,
        guid: row
            .get("GUID")
            .and_then(Json::as_str)
            .and_then(listed::guid)
            .and_then(|guid| Uuid::parse_str(&guid).ok()),
        kind: kind(context, &row),
        page: page(&row),
        created,
        created_by,
        versions,
        attachments: attachments(context, &row, id),
        losses,
    })
}

/// Whether this row becomes an article, by its number, and the page that it was.
pub fn article(context: &Context, row: Row) -> Option<(i64, Option<String>)> {
    let row = plain(row);
    (kind(context, &row) == ItemKind::Article).then(|| Some((id_of(&row)?, page(&row))))?
}

fn kind(context: &Context, row: &Row) -> ItemKind {
    let (id, name) = content_type(row);
    let kind = ["FileSystemObjectType", "FSObjType"].iter().find_map(|key| row.get(*key));
    let folder = kind.is_some_and(|kind| match kind {
        Json::Number(number) => number.as_i64() == Some(1),
        // "1", "7;#1", "Folder"
        Json::String(text) => {
            matches!(text.rsplit(";#").next().map(crate::text::fold_key).as_deref(), Some("1" | "folder" | "thư mục"))
        }
        _ => false,
    });
    if folder || id.is_some_and(|id| id.starts_with("0x0120")) {
        ItemKind::Folder
    } else if context.kinds.is_article(id, name) {
        ItemKind::Article
    } else {
        ItemKind::Other(name.or(id).unwrap_or_default().to_owned())
    }
}

/// The address of a page in a library.
fn page(row: &Row) -> Option<String> {
    let path = row.get("FileRef")?.as_str()?;
    let path = path.rsplit(";#").next().unwrap_or(path);
    let (_, ending) = path.rsplit_once('.')?;
    let page = ending.to_lowercase();
    matches!(page.as_str(), "aspx" | "html" | "htm" | "mhtml").then(|| format!("/{}", path.trim_start_matches('/')))
}

/// Publishing images, which items do not tell and `html/` does, by the column that they are of; and terms' labels with them.
fn pictures(context: &Context, row: &Row, id: i64, now: &mut Snapshot) -> BTreeMap<String, Value> {
    let image = |(field, written): &(&Field, &Written)| {
        written.wanted && written.kind == Kind::Publishing && !now.values.contains_key(&field.internal)
    };
    let unlabelled =
        |value: &Value| matches!(value, Value::Terms(terms) if terms.iter().any(|term| term.label.is_none()));
    let asked: Vec<_> = context.columns().filter(image).collect();
    let unlabelled: Vec<String> =
        now.values.iter().filter(|(_, value)| unlabelled(value)).map(|(name, _)| name.clone()).collect();
    if !asked.is_empty() || !unlabelled.is_empty() {
        let beside =
            context.html.then(|| context.folder.json(&format!("html/{id}.json"))).flatten().and_then(Result::ok);
        let beside =
            beside.map(|json| json.get("d").cloned().unwrap_or(json)).or_else(|| row.get("FieldValuesAsHtml").cloned());
        let shown = |written: &Written| written.keys.iter().find_map(|key| beside.as_ref()?.get(key)?.as_str());
        for (field, written) in asked {
            let html = shown(written).or_else(|| in_properties(row, &field.internal));
            if let Some(picture) = html.and_then(|html| flat::picture(html, |_| None)) {
                now.values.insert(field.internal.clone(), picture);
            }
        }
        for (field, written) in context.columns().filter(|(field, _)| unlabelled.contains(&field.internal)) {
            let label = shown(written).map(|html| flat::unescaped(html).trim().to_owned());
            if let (Some(label), Some(Value::Terms(terms))) = (label, now.values.get_mut(&field.internal))
                && let ([term], false) =
                    (&mut terms[..], label.is_empty() || label.contains('<') || label.parse::<i64>().is_ok())
            {
                term.label = Some(label);
            }
        }
    }
    let images = context.columns().filter(|(_, written)| written.kind == Kind::Publishing);
    images.filter_map(|(field, _)| Some((field.internal.clone(), now.values.get(&field.internal)?.clone()))).collect()
}

/// A value of the property bag: "PublishingPageImage:SW|<img …>", a line each.
fn in_properties<'a>(row: &'a Row, internal: &str) -> Option<&'a str> {
    let bag = row.get("MetaInfo")?.as_str()?;
    bag.lines()
        .find_map(|line| line.rsplit(";#").next()?.strip_prefix(internal)?.strip_prefix(':')?.split_once('|'))
        .map(|(_, value)| value)
}

/// The files attached to an item: as it tells them, else what is in its folder.
fn attachments(context: &Context, row: &Row, id: i64) -> Vec<Attachment> {
    let told =
        row.get("AttachmentFiles").filter(|files| files.get("__deferred").is_none()).cloned().map(folder::unwrapped);
    let folder = context.fields.list.folder.as_deref().unwrap_or_default().trim_end_matches('/');
    let told: Vec<Attachment> =
        told.unwrap_or_default().iter().filter_map(|file| attachment(file, folder, id)).collect();
    let has = row
        .get("Attachments")
        .is_none_or(|has| has.as_bool() != Some(false) && has.as_str().and_then(flat::truth) != Some(false));
    if !told.is_empty() || !has {
        return told;
    }
    let place = format!("{folder}/Attachments/{id}");
    let ways = [(format!("files{place}"), place), (format!("Attachments/{id}"), format!("/Attachments/{id}"))];
    for (there, path) in ways.into_iter().skip(usize::from(context.attachments)) {
        let names = context.folder.names(&there);
        let files = names
            .into_iter()
            .filter(|name| !name.starts_with('.') && context.folder.file(&format!("{there}/{name}")).is_some());
        let files: Vec<Attachment> = files.map(|name| Attachment { path: format!("{path}/{name}"), name }).collect();
        if !files.is_empty() {
            return files;
        }
    }
    Vec::new()
}

fn attachment(file: &Json, folder: &str, id: i64) -> Option<Attachment> {
    let text = |file: &Json, key: &str| file.get(key).and_then(Json::as_str).map(str::to_owned);
    let decoded = file.get("ServerRelativePath").and_then(|path| text(path, "DecodedUrl"));
    let path = decoded.or_else(|| text(file, "ServerRelativeUrl"));
    let name = text(file, "FileName").or_else(|| path.as_ref()?.rsplit('/').next().map(str::to_owned))?;
    let path = path.unwrap_or_else(|| format!("{folder}/Attachments/{id}/{name}"));
    Some(Attachment { name, path })
}

/// Question marks inside of words, once for each text.
fn told_marks(context: &Context, now: &Snapshot, losses: &mut Vec<Loss>) {
    for (field, written) in context.columns().filter(|(_, written)| written.text && written.wanted) {
        if let Some(Value::Text(text)) = now.values.get(&field.internal)
            && let Some(sample) = marks::sample(text)
        {
            losses.push(Loss::new(LossCode::QuestionMarks, &written.field, &sample));
        }
    }
}
