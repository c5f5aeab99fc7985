//! The versions of an item: as REST tells them, all columns of a version at once, or as SOAP does, all versions of a column.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use quick_xml::{XmlVersion, events::Event};
use serde_json::Value as Json;

use super::{
    context::Context,
    dates, names,
    raw::{folder, stream::Row},
    state,
};
use crate::import::{
    item::{Person, Snapshot, Value},
    report::{Loss, LossCode},
};

/// All states of an item, the oldest first, `now` among them.
pub fn all(
    context: &Context,
    id: i64,
    row: &Row,
    mut now: Snapshot,
    created_by: &mut Option<Person>,
    pictures: &BTreeMap<String, Value>,
    losses: &mut Vec<Loss>,
) -> Vec<Snapshot> {
    let mut unread = Vec::new();
    let told = told(context, id, row, &mut unread);
    let mut versions = Vec::new();
    let mut authors = Vec::new();
    // A current version replaces nothing: it says of `now` what the item's own row does not.
    let mut current = None;
    for version in told {
        // What cannot be read in an earlier version is told of the item as it is now, if it is still so.
        let snapshot = state::snapshot(context, &version, id, true, &mut Vec::new());
        authors.extend(person(context, &version, "Author"));
        let same = match (&snapshot.label, &now.label) {
            (Some(this), Some(now)) => this == now,
            _ => {
                version.get("IsCurrentVersion") == Some(&Json::Bool(true))
                    || snapshot.at.timestamp() == now.at.timestamp()
            }
        };
        if same { current = Some((snapshot, version)) } else { versions.push((snapshot, version)) }
    }
    name(
        &mut now,
        created_by,
        versions.iter().map(|(snapshot, _)| snapshot).chain(current.as_ref().map(|(it, _)| it)),
        &authors,
    );
    if let Some((snapshot, _)) = current {
        complete(context, row, &mut now, snapshot);
    }
    for (snapshot, version) in &mut versions {
        // A publishing image is in no version that REST tells. Rather this than an article without its picture.
        let unknown = |name: &String| {
            !context.columns().any(|(field, written)| {
                field.internal == **name && written.keys.iter().any(|key| version.contains_key(key))
            })
        };
        let kept = pictures.iter().filter(|(name, _)| !version.contains_key(SOAP) && unknown(name));
        snapshot.values.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    }
    let mut all: Vec<Snapshot> = versions.into_iter().map(|(snapshot, _)| snapshot).collect();
    all.push(now);
    sort(&mut all);
    losses.extend(missing(&all, unread));
    all
}

/// The key that says that a version is SOAP's, in which a column that is not named is empty.
const SOAP: &str = "\u{0}soap";

/// The rows of versions, wherever they are.
fn told(context: &Context, id: i64, row: &Row, unread: &mut Vec<String>) -> Vec<Row> {
    let inline = row.get("Versions").filter(|versions| versions.get("__deferred").is_none());
    let rows = match inline.cloned().map(folder::unwrapped) {
        Some(rows) => rows,
        None if !context.versions => return Vec::new(),
        None => match context.folder.rows(&format!("versions/{id}.json")) {
            Some(Ok(rows)) => rows,
            Some(Err(refused)) => {
                unread.push(refused.0);
                Vec::new()
            }
            None => return soap(context, id, unread),
        },
    };
    rows.into_iter()
        .filter_map(|row| match row {
            Json::Object(row) if row.len() > 1 => Some(row),
            _ => None,
        })
        .collect()
}

/// The versions of `versions/{id}/{column}.xml`, joined on the moment they were saved: how many a column has says nothing of
/// which they are.
fn soap(context: &Context, id: i64, unread: &mut Vec<String>) -> Vec<Row> {
    let folder = format!("versions/{id}");
    let mut versions: BTreeMap<DateTime<Utc>, Row> = BTreeMap::new();
    for name in context.folder.names(&folder) {
        let Some(column) = name.strip_suffix(".xml") else { continue };
        let file = format!("{folder}/{name}");
        match context.folder.text(&file) {
            None => {}
            Some(Err(refused)) => unread.push(refused.0),
            Some(Ok(text)) if column_of(&text, column, &mut versions).is_none() => {
                unread.push(format!("{file}: it is no answer of GetVersionCollection, or is cut off"));
            }
            Some(Ok(_)) => {}
        }
    }
    versions.into_values().collect()
}

/// Adds what one answer says of a column; nothing where the answer is none.
fn column_of(text: &str, column: &str, versions: &mut BTreeMap<DateTime<Utc>, Row>) -> Option<()> {
    let mut xml = quick_xml::Reader::from_str(text);
    let mut is_answer = false;
    loop {
        let event = xml.read_event().ok()?;
        let tag = match &event {
            Event::Start(tag) | Event::Empty(tag) => tag,
            Event::Eof => return is_answer.then_some(()),
            _ => continue,
        };
        match tag.local_name().as_ref() {
            b"Versions" | b"GetVersionCollectionResult" => is_answer = true,
            b"Version" => {
                let (mut at, mut by, mut value, mut any) = (None, None, None, None);
                for attribute in tag.attributes().flatten() {
                    let key = attribute.key.as_ref();
                    let text = attribute
                        .decoded_and_normalized_value(XmlVersion::Implicit1_0, xml.decoder())
                        .ok()?
                        .into_owned();
                    match key {
                        // The column itself may be one of these two.
                        b"Modified" => at = Some(text),
                        b"Editor" => by = Some(text),
                        key if key == column.as_bytes() => value = Some(text),
                        _ => any = Some(text),
                    }
                }
                let moment = at.as_deref().and_then(dates::utc)?;
                let row =
                    versions.entry(moment).or_insert_with(|| Row::from_iter([(SOAP.to_owned(), Json::Bool(true))]));
                row.insert("Created".to_owned(), Json::String(moment.to_rfc3339()));
                if let Some(by) = by {
                    row.insert("Editor".to_owned(), Json::String(by));
                }
                if let Some(value) = value.or(any) {
                    row.insert(names::encoded(column), Json::String(value));
                }
            }
            _ => {}
        }
    }
}

fn person(context: &Context, version: &Row, key: &str) -> Option<Person> {
    let object = version.get(key)?;
    let member = |key: &str| object.get(key).and_then(Json::as_str);
    context.people.person(object.get("LookupId")?.as_i64(), member("LookupValue"), member("Email"), None)
}

/// Gives people their names who left the site since, and items of other lists theirs: versions tell them.
fn name<'a>(
    now: &mut Snapshot,
    created_by: &mut Option<Person>,
    versions: impl Iterator<Item = &'a Snapshot>,
    authors: &[Person],
) {
    let mut people: HashMap<i64, Person> = HashMap::new();
    let mut titles: HashMap<(&str, i64), &String> = HashMap::new();
    let mut meet = |person: &Person| {
        if let (Some(id), Some(_)) = (person.id, &person.name) {
            people.insert(id, person.clone());
        }
    };
    authors.iter().for_each(&mut meet);
    for version in versions {
        version.by.iter().for_each(&mut meet);
        for (column, value) in &version.values {
            match value {
                Value::People(found) => found.iter().for_each(&mut meet),
                Value::Lookups(found) => {
                    titles.extend(
                        found.iter().filter_map(|lookup| Some(((column.as_str(), lookup.id?), lookup.text.as_ref()?))),
                    );
                }
                _ => {}
            }
        }
    }
    let known = |person: &mut Person| {
        if let (Some(id), None) = (person.id, &person.name)
            && let Some(known) = people.get(&id)
        {
            *person = Person { email: person.email.take().or_else(|| known.email.clone()), ..known.clone() };
        }
    };
    now.by.iter_mut().chain(created_by).for_each(known);
    for (column, value) in &mut now.values {
        match value {
            Value::People(people) => people.iter_mut().for_each(known),
            Value::Lookups(lookups) => {
                for lookup in lookups.iter_mut().filter(|lookup| lookup.text.is_none()) {
                    lookup.text =
                        lookup.id.and_then(|id| titles.get(&(column.as_str(), id))).map(|title| (*title).clone());
                }
            }
            _ => {}
        }
    }
}

/// Adds to `now` what the item's row does not name at all.
fn complete(context: &Context, row: &Row, now: &mut Snapshot, current: Snapshot) {
    let Snapshot { label, at, by, moderation, comment, values } = current;
    now.label = now.label.take().or(label);
    now.by = now.by.take().or(by);
    now.moderation = now.moderation.or(moderation);
    now.comment = now.comment.take().or(comment);
    if !row.contains_key("Modified") {
        now.at = at;
    }
    for (name, value) in values {
        let told = context
            .columns()
            .any(|(field, written)| field.internal == name && written.keys.iter().any(|key| row.contains_key(key)));
        if !told {
            now.values.entry(name).or_insert(value);
        }
    }
}

/// Major and minor of a label.
fn numbers(label: &str) -> Option<(u32, u32)> {
    let (major, minor) = label.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The oldest first: by their labels, or by the moments where one has none.
fn sort(versions: &mut [Snapshot]) {
    let labels: Option<Vec<_>> = versions.iter().map(|version| version.label.as_deref().and_then(numbers)).collect();
    match labels {
        Some(_) => versions.sort_by_cached_key(|version| version.label.as_deref().and_then(numbers)),
        None => versions.sort_by_key(|version| version.at),
    }
}

/// What the labels say of versions that are not there.
fn missing(versions: &[Snapshot], unread: Vec<String>) -> Option<Loss> {
    let have = versions.len();
    let mut highest: BTreeMap<u32, u32> = BTreeMap::new();
    for (major, minor) in versions.iter().filter_map(|version| numbers(version.label.as_deref()?)) {
        let known = highest.entry(major).or_default();
        *known = minor.max(*known);
    }
    let last = highest.keys().next_back().copied().unwrap_or_default();
    let minors: u64 = highest.values().map(|minor| u64::from(*minor)).sum();
    let should = u64::from(last) + minors;
    let sample = if unread.is_empty() { format!("{have} of {should} or more") } else { unread.join("; ") };
    (should > have as u64 || !unread.is_empty()).then(|| Loss::new(LossCode::VersionMissing, "versions", &sample))
}
