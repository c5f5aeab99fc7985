//! Which columns a source has, and how each is written: by what the list tells, by what the mapping says, by their looks.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    context::{Kind, Written},
    dates, names,
    raw::{refused::Refused, table::Head},
    scan::{Looks, Scan},
};
use crate::{
    import::{
        fields::{Field, Fields},
        mapping::{Column, Columns, Mapping, Target},
    },
    text::{fold_key, nfc},
};

/// The keys that a column may have in an item, a version or a value as HTML.
fn keys(field: &Field) -> Vec<String> {
    let entity = if field.entity.is_empty() { names::entity(&field.internal) } else { field.entity.clone() };
    let plain = [entity, names::entity(&field.internal), field.internal.clone(), names::encoded(&field.internal)];
    let mut keys: Vec<String> = plain.to_vec();
    if matches!(Kind::of(&field.kind), Kind::People(_) | Kind::Lookups(_)) {
        keys.extend(plain.iter().map(|key| format!("{key}Id")));
    }
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    keys
}

/// Adds to the columns what items have and nobody told of: a column that nobody names must not be lost for that.
pub fn discover(fields: &mut Vec<Field>, scan: &Scan) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for field in fields.iter() {
        for key in keys(field) {
            known.insert(format!("{key}Id"));
            known.insert(format!("{key}StringId"));
            known.insert(key);
        }
    }
    for (key, looks) in &scan.looks {
        let internal = names::of_key(key);
        let string_id = key.strip_suffix("StringId").is_some_and(|name| scan.looks.contains_key(&format!("{name}Id")));
        let name = internal.strip_suffix("Id").filter(|name| !name.is_empty() && !scan.looks.contains_key(*name));
        let system = names::is_system(&internal) || name.is_some_and(names::is_system);
        if known.contains(key)
            || names::is_noise(key)
            || string_id
            || (system && !matches!(internal.as_str(), "Created" | "Modified"))
        {
            continue;
        }
        let is_user = name.is_some_and(|name| scan.looks.contains_key(&format!("{name}StringId")));
        let (internal, kind) = match (name, looks.kind()) {
            (Some(name), "Number") if is_user => (name, "User"),
            (Some(name), "LookupMulti" | "MultiChoice") if is_user => (name, "UserMulti"),
            (Some(name), "Number") => (name, "Lookup"),
            (Some(name), "LookupMulti") => (name, "LookupMulti"),
            (_, kind) => (internal.as_str(), kind),
        };
        fields.push(Field {
            display: names::readable(internal),
            internal: internal.to_owned(),
            kind: kind.to_owned(),
            system,
            ..Field::default()
        });
    }
}

/// The columns of a table by its head, and the internal name of each cell.
///
/// # Errors
/// Where there is no column of numbers.
pub fn of_head(head: &Head, listed: Vec<Field>, name: &str) -> Result<(Vec<Field>, Vec<String>), Refused> {
    let (mut fields, mut keys): (Vec<Field>, Vec<String>) = (Vec::new(), Vec::new());
    for header in &head.names {
        let header = nfc(header).into_owned();
        let free = |field: &&Field| !keys.contains(&field.internal);
        let named = |field: &&Field| {
            field.internal == header || (!field.hidden && fold_key(&field.display) == fold_key(&header))
        };
        let known = listed
            .iter()
            .filter(free)
            .filter(named)
            .min_by_key(|field| (field.internal != header, !field.is_asked_for()));
        let field = match known {
            Some(field) => field.clone(),
            None => {
                let system = names::of_header(&header).or_else(|| names::is_system(&header).then_some(header.as_str()));
                match system.filter(|internal| !keys.iter().any(|key| key == internal)) {
                    Some(internal) => Field {
                        display: header.clone(),
                        internal: internal.to_owned(),
                        system: true,
                        ..Field::default()
                    },
                    None => {
                        let mut internal = if header.is_empty() { "column".to_owned() } else { header.clone() };
                        let times = (2..).map(|time| format!("{internal} ({time})")).find(|name| !keys.contains(name));
                        if keys.contains(&internal) {
                            internal = times.unwrap_or_default();
                        }
                        Field { display: names::readable(&header), internal, ..Field::default() }
                    }
                }
            }
        };
        keys.push(field.internal.clone());
        fields.push(field);
    }
    if !keys.iter().any(|key| key == "ID") {
        return Err(Refused::file(
            name,
            "it has no column ID. Add ID to the view of the list, and export it again: without it nothing is found again",
        ));
    }
    Ok((fields, keys))
}

/// How the columns are written.
///
/// # Errors
/// Where dates can be read in two ways, or not as the mapping says.
pub fn written(
    fields: &mut Fields,
    scan: &Scan,
    mapping: Option<&Mapping>,
    table: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<Written>, Refused> {
    let none = Looks::default();
    for field in fields.all.iter_mut().filter(|field| field.kind.is_empty()) {
        let looks = scan.looks.get(&field.internal).unwrap_or(&none);
        field.kind = if matches!(field.internal.as_str(), "Created" | "Modified") { "DateTime" } else { looks.kind() }
            .to_owned();
    }
    let columns = mapping.and_then(|mapping| mapping.check(fields).ok());
    let by_name: BTreeMap<&str, &Column> =
        columns.iter().flat_map(Columns::iter).map(|it| (it.internal.as_str(), it)).collect();
    let mut all = Vec::new();
    for field in &fields.all {
        let column = by_name.get(field.internal.as_str()).copied();
        let looks = scan.looks.get(&field.internal).unwrap_or(&none);
        let told = Kind::of(&field.kind);
        // What a table shows of a column looks like a text, whatever it is; a mapping says what it is meant to be.
        let kind = match column.map(|column| column.target) {
            Some(target) if told == Kind::Text || (table && !plausible(told, target)) => meant(target),
            _ => told,
        };
        let given = column.and_then(|column| column.format.clone());
        let given = given.or_else(|| mapping?.source.date_format.clone());
        let wanted = column.is_some() || (columns.is_none() && field.is_asked_for());
        let asked =
            mapping.is_some() && (column.is_some() || matches!(field.internal.as_str(), "Created" | "Modified"));
        let format = if kind == Kind::Date && table { format(field, looks, given, asked, notes)? } else { given };
        let texts = [Target::Title, Target::Kicker, Target::Summary, Target::Body];
        let text = column.map_or(columns.is_none() && kind == Kind::Text, |column| texts.contains(&column.target));
        all.push(Written {
            keys: keys(field),
            kind,
            format,
            split: column.and_then(|column| column.split.clone()),
            field: column.map_or_else(|| field.internal.clone(), |column| column.target.name().to_owned()),
            wanted,
            text,
        });
    }
    Ok(all)
}

/// What the values of a column are that becomes this.
fn meant(target: Target) -> Kind {
    match target {
        Target::PublishedAt | Target::ExpiresAt | Target::PublishAt => Kind::Date,
        Target::Featured => Kind::Bool,
        Target::PageCount | Target::PhotoCount | Target::Royalty | Target::Views => Kind::Number,
        Target::Author => Kind::People(false),
        Target::Category => Kind::Terms(false),
        Target::Tags => Kind::Terms(true),
        Target::Related => Kind::Lookups(true),
        Target::Image | Target::DescriptionImage => Kind::Publishing,
        Target::ExternalUrl | Target::Audio | Target::SourceUrl => Kind::Link,
        _ => Kind::Text,
    }
}

/// Whether values that look like this may be meant so.
fn plausible(kind: Kind, target: Target) -> bool {
    match meant(target) {
        Kind::Text => matches!(
            kind,
            Kind::Text | Kind::Lookups(_) | Kind::Choices | Kind::Calculated | Kind::Terms(_) | Kind::People(_)
        ),
        Kind::Publishing => matches!(kind, Kind::Publishing | Kind::Modern | Kind::Link),
        Kind::Terms(_) => matches!(kind, Kind::Terms(_) | Kind::Choices | Kind::Lookups(_)),
        Kind::Lookups(_) => matches!(kind, Kind::Lookups(_)),
        Kind::People(_) => matches!(kind, Kind::People(_) | Kind::Lookups(_)),
        meant => kind == meant,
    }
}

/// The format of a column of dates: the one that is given, if it fits, else the one that all of them are in.
fn format(
    field: &Field,
    looks: &Looks,
    given: Option<String>,
    asked: bool,
    notes: &mut Vec<String>,
) -> Result<Option<String>, Refused> {
    let Some(sample) = looks.sample.as_deref().filter(|_| looks.dated > 0) else { return Ok(given) };
    let formats = looks.formats();
    if let Some(given) = given {
        // Whether it fits most of them is known for the formats that were counted; for another, by the one sample.
        let counted = dates::FORMATS
            .iter()
            .zip(&looks.dates)
            .find(|(format, _)| **format == given || format.split(' ').next() == Some(&given));
        let fits =
            counted.map_or_else(|| dates::formatted(sample, &given).is_some(), |(_, count)| *count * 2 >= looks.dated);
        if !fits && asked {
            return Err(Refused(format!(
                "dates of “{}” are not written as \"{given}\": “{sample}”. Correct date_format in the mapping (or format of that column)",
                field.display
            )));
        }
        return Ok(Some(given));
    }
    let Some(first) = formats.first() else { return Ok(None) };
    if let Some(other) = formats.iter().find(|other| dates::is_ambiguous(first, other)) {
        let said = format!(
            "dates of “{}” can be read in two ways (“{sample}” as \"{first}\" or as \"{other}\")",
            field.display
        );
        if asked {
            return Err(Refused(format!(
                "{said}. Write date_format into [source] of the mapping, or format at that column"
            )));
        }
        notes.push(said);
    }
    Ok(Some((*first).to_owned()))
}
