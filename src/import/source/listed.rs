//! What a list tells of its columns: `fields.json`, `list.json` and the schema in front of a table.

use quick_xml::{XmlVersion, events::Event};
use serde_json::Value;

use super::{names, raw::refused::Refused};
use crate::import::fields::{Field, List};

/// The columns of `fields.json`.
pub fn fields(rows: &[Value]) -> Result<Vec<Field>, Refused> {
    let mut fields: Vec<(Field, Option<String>, Option<String>)> = Vec::new();
    for row in rows {
        let member = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let truth = |key: &str| row.get(key).and_then(Value::as_bool).unwrap_or_default();
        let internal = [member("InternalName"), member("StaticName")].into_iter().find(|name| !name.is_empty());
        let Some(internal) = internal else { continue };
        let schema = schema(member("SchemaXml")).unwrap_or_default();
        let kind = [member("TypeAsString"), schema.field.kind.as_str()]
            .into_iter()
            .find(|kind| !kind.is_empty())
            .unwrap_or_default();
        let system = names::is_system(internal) || kind == "Computed" || (truth("FromBaseType") && internal != "Title");
        let choices = super::raw::folder::unwrapped(row.get("Choices").cloned().unwrap_or_default());
        let choices: Vec<String> = choices.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let field = Field {
            display: member("Title").to_owned(),
            internal: internal.to_owned(),
            entity: member("EntityPropertyName").to_owned(),
            kind: kind.to_owned(),
            hidden: truth("Hidden"),
            system,
            date_only: schema.field.date_only
                || (kind == "DateTime" && row.get("DisplayFormat") == Some(&Value::from(0))),
            append_only: schema.field.append_only || truth("AppendOnly"),
            choices: if choices.is_empty() { schema.field.choices } else { choices },
            list: guid(member("LookupList")).or(schema.field.list),
            note: None,
        };
        fields.push((field, guid(member("Id")).or(schema.id), schema.note));
    }
    if fields.is_empty() {
        return Err(Refused(
            "fields.json: it tells of no column (none has an InternalName). Export it again, from …/fields".to_owned(),
        ));
    }
    Ok(with_notes(fields))
}

/// The columns of a schema as tables carry it: a `<Field …/>` each.
pub fn of_schemas(schemas: &[String]) -> Vec<Field> {
    let fields = schemas.iter().filter_map(|text| schema(text)).map(|schema| {
        let mut field = schema.field;
        field.system = names::is_system(&field.internal) || field.kind == "Computed";
        (field, schema.id, schema.note)
    });
    with_notes(fields.filter(|(field, ..)| !field.internal.is_empty()).collect())
}

/// Finds the hidden columns that hold the labels of terms: by their ids.
fn with_notes(fields: Vec<(Field, Option<String>, Option<String>)>) -> Vec<Field> {
    let by_id: Vec<(Option<String>, String)> =
        fields.iter().map(|(field, id, _)| (id.clone(), field.internal.clone())).collect();
    let mut found = Vec::new();
    for (mut field, _, note) in fields {
        if field.kind.starts_with("TaxonomyFieldType") {
            let by_guid = note.and_then(|note| by_id.iter().find(|(id, _)| id.as_deref() == Some(&note)));
            field.note = by_guid.map(|(_, internal)| internal.clone());
        }
        found.push(field);
    }
    // Else by the name that it is given: that of the column, with _0.
    for at in 0..found.len() {
        if found[at].kind.starts_with("TaxonomyFieldType") && found[at].note.is_none() {
            let name = format!("{}_0", found[at].display);
            found[at].note =
                found.iter().find(|it| it.kind == "Note" && it.display == name).map(|it| it.internal.clone());
        }
    }
    found
}

#[derive(Default)]
struct Schema {
    field: Field,
    id: Option<String>,
    note: Option<String>,
}

/// What a `<Field …>` says.
fn schema(text: &str) -> Option<Schema> {
    let mut xml = quick_xml::Reader::from_str(text);
    let mut schema = Schema::default();
    let (mut found, mut in_choice, mut names_note) = (false, false, false);
    // A schema is short; this is a bound on what is none.
    for _ in 0..10_000 {
        match xml.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let name = tag.local_name();
                in_choice = name.as_ref() == b"CHOICE";
                if name.as_ref() != b"Field" || found {
                    continue;
                }
                found = true;
                for attribute in tag.attributes().flatten() {
                    let value = attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, xml.decoder()).ok()?;
                    let yes = value.eq_ignore_ascii_case("true");
                    let field = &mut schema.field;
                    match attribute.key.as_ref() {
                        b"Name" => field.internal = value.into_owned(),
                        b"DisplayName" => field.display = value.into_owned(),
                        b"Type" => field.kind = value.into_owned(),
                        b"ID" => schema.id = guid(&value),
                        b"Hidden" => field.hidden = yes,
                        b"Format" => field.date_only = value == "DateOnly",
                        b"AppendOnly" => field.append_only = yes,
                        b"List" => field.list = guid(&value),
                        _ => {}
                    }
                }
            }
            Ok(Event::Text(text)) => {
                let Ok(text) = text.decode() else { continue };
                if in_choice {
                    schema.field.choices.push(super::flat::unescaped(&text));
                } else if names_note && let Some(id) = guid(&text) {
                    (schema.note, names_note) = (Some(id), false);
                } else if text.trim() == "TextField" {
                    names_note = true;
                }
            }
            Ok(Event::End(_)) => in_choice = false,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found.then_some(schema)
}

/// What `list.json` says.
pub fn list(value: &Value) -> List {
    let value = value.get("d").unwrap_or(value);
    let member = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let folder = value.get("RootFolder").and_then(|folder| member(folder, "ServerRelativeUrl"));
    List { id: member(value, "Id").and_then(|id| guid(&id)), title: member(value, "Title"), folder }
}

/// A GUID in lower case, without braces.
pub fn guid(text: &str) -> Option<String> {
    uuid::Uuid::parse_str(text.trim().trim_matches(['{', '}'])).ok().map(|id| id.to_string())
}
