//! A state of an item out of a row: of the item as it is, or of one of its versions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::{
    context::{Context, Kind, Written},
    dates, flat, names,
    raw::{folder, stream::Row},
    value::{Place, Read},
};
use crate::import::{
    fields::Field,
    item::{Moderation, Person, Snapshot, Value},
    report::{Loss, LossCode},
};

/// The longest text of a cell of a workbook; a longer one is cut there.
const CELL: usize = 32_767;

/// A state of an item, as the row of an item or of a version tells it.
pub fn snapshot(context: &Context, row: &Row, id: i64, utc: bool, losses: &mut Vec<Loss>) -> Snapshot {
    let mut values = BTreeMap::new();
    for (field, written) in context.columns().filter(|(_, written)| written.wanted) {
        let Some(json) = written.keys.iter().find_map(|key| row.get(key)) else { continue };
        if context.table && written.text && json.as_str().is_some_and(|text| text.encode_utf16().count() == CELL) {
            let end = json.as_str().unwrap_or_default().chars().rev().take(60).collect::<Vec<_>>();
            losses.push(Loss::new(LossCode::TextCut, &written.field, &end.into_iter().rev().collect::<String>()));
        }
        match (Place { context, field, written, item: id, utc }).read(json) {
            Read::Is(value) => {
                values.insert(field.internal.clone(), labelled(field, written, row, value));
            }
            Read::NoDate(text) if !utc => losses.push(Loss::new(LossCode::DateAmbiguous, &written.field, &text)),
            Read::NoDate(_) | Read::Nothing => {}
        }
    }
    let label = said(row, "_UIVersionString").or_else(|| said(row, "VersionLabel"));
    let at = if utc { moment_utc(row, &["Created", "Modified"]) } else { moment(context, row, "Modified") };
    let at =
        at.or_else(|| moment(context, row, "Created")).or_else(|| first_date(context, &values)).unwrap_or_default();
    Snapshot {
        label,
        at,
        by: person(context, row, "Editor"),
        moderation: moderation(row),
        comment: said(row, "_ModerationComments"),
        values,
    }
}

/// Of a table that does not tell when an item was saved: the first of its dates.
fn first_date(context: &Context, values: &BTreeMap<String, Value>) -> Option<DateTime<Utc>> {
    values.values().find_map(|value| match value {
        Value::Moment(moment) => Some(*moment),
        Value::Local(clock) => Some(context.zone.moment(*clock)),
        _ => None,
    })
}

/// Terms that are still without a label, with that of their hidden column, or of what lists show.
fn labelled(field: &Field, written: &Written, row: &Row, value: Value) -> Value {
    let Value::Terms(mut terms) = value else { return value };
    if terms.iter().all(|term| term.label.is_some()) {
        return Value::Terms(terms);
    }
    let note = field.note.as_ref().and_then(|note| {
        let keys = [names::entity(note), note.clone(), names::encoded(note)];
        keys.iter().find_map(|key| row.get(key)?.as_str()).map(|text| flat::terms(text, Some(";")))
    });
    let noted: Vec<_> = note.unwrap_or_default().into_iter().map(|(_, term)| term).collect();
    let all = row.get("TaxCatchAll").cloned().map(folder::unwrapped).unwrap_or_default();
    let shown =
        row.get("FieldValuesAsText").and_then(|texts| written.keys.iter().find_map(|key| texts.get(key)?.as_str()));
    let alone = terms.len() == 1;
    for term in terms.iter_mut().filter(|term| term.label.is_none()) {
        let by_guid = noted.iter().find(|known| known.guid.is_some() && known.guid == term.guid);
        let by_place = noted.first().filter(|_| alone && noted.len() == 1 && term.guid.is_none());
        let caught = all.iter().find(|known| {
            let guid = known.get("IdForTerm").or_else(|| known.get("TermGuid")).and_then(Json::as_str);
            guid.map(str::to_lowercase).is_some() && guid.map(str::to_lowercase) == term.guid
        });
        let caught =
            caught.and_then(|known| known.get("Term").or_else(|| known.get("Label"))?.as_str().map(str::to_owned));
        let shown =
            shown.filter(|text| alone && !text.trim().is_empty() && text.parse::<i64>().is_err()).map(str::to_owned);
        term.label = by_guid.or(by_place).and_then(|known| known.label.clone()).or(caught).or(shown);
    }
    Value::Terms(terms)
}

/// A text of one of the columns that every list has, by any of its keys.
fn said(row: &Row, internal: &str) -> Option<String> {
    let value = row
        .get(&names::entity(internal))
        .or_else(|| row.get(internal))
        .or_else(|| row.get(&names::encoded(internal)))?;
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Who is in one of the columns that every list has.
pub fn person(context: &Context, row: &Row, internal: &str) -> Option<Person> {
    let json = row.get(internal).filter(|json| !json.is_null() && json.get("__deferred").is_none());
    let json = json.or_else(|| row.get(&format!("{internal}Id")))?;
    let (field, written) = (Field::default(), Written { kind: Kind::People(false), ..Written::default() });
    match (Place { context, field: &field, written: &written, item: 0, utc: false }).read(json) {
        Read::Is(Value::People(people)) => people.into_iter().next(),
        _ => None,
    }
}

fn moment_utc(row: &Row, keys: &[&str]) -> Option<DateTime<Utc>> {
    keys.iter().find_map(|key| dates::utc(row.get(*key)?.as_str()?))
}

/// A moment of one of the columns that every list has.
pub fn moment(context: &Context, row: &Row, internal: &str) -> Option<DateTime<Utc>> {
    let text = row.get(internal)?.as_str()?;
    let format = context
        .columns()
        .find(|(field, _)| field.internal == internal)
        .and_then(|(_, written)| written.format.as_deref());
    let formatted = format.and_then(|format| dates::formatted(text, format)).map(Value::Local);
    match formatted.or_else(|| dates::iso(text))? {
        Value::Moment(moment) => Some(moment),
        Value::Local(clock) => Some(context.zone.moment(clock)),
        _ => None,
    }
}

fn moderation(row: &Row) -> Option<Moderation> {
    let said = said(row, "_ModerationStatus")?;
    Some(match crate::text::fold_key(said.split(";#").next().unwrap_or(&said)).as_str() {
        "0" | "approved" | "đã phê duyệt" | "được phê duyệt" | "đã duyệt" => Moderation::Approved,
        "1" | "denied" | "rejected" | "bị từ chối" | "đã từ chối" | "từ chối" => Moderation::Denied,
        "2" | "pending" | "đang chờ" | "đang chờ xử lý" | "chờ duyệt" | "đang chờ phê duyệt" => {
            Moderation::Pending
        }
        "3" | "draft" | "bản nháp" | "nháp" | "bản thảo" => Moderation::Draft,
        "4" | "scheduled" | "đã lên lịch" | "được lên lịch" | "theo lịch" => Moderation::Scheduled,
        _ => return None,
    })
}
