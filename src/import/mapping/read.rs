//! Reads a mapping's text, and says what is wrong with it and where.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, de::IntoDeserializer as _};
use toml::Value;

use super::{Mapping, SourceFacts, Table, Target, Use, Zone};

/// The largest mapping. A list of some thousand people is a tenth of it.
const LARGEST: u64 = 16 << 20;

impl Mapping {
    /// Reads the mapping in this file.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn open(path: &Path) -> Result<Self, String> {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        if fs::metadata(path).map_err(|error| named(&error))?.len() > LARGEST {
            return Err(named(&"this is larger than any mapping is"));
        }
        let text = fs::read_to_string(path).map_err(|error| named(&error))?;
        Self::read(&text).map_err(|error| named(&error))
    }

    /// Reads a mapping's text.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        let tables: toml::Table =
            text.trim_start_matches('\u{feff}').parse().map_err(|error: toml::de::Error| error.to_string())?;
        let mut mapping = Self::default();
        for (name, value) in tables {
            match name.as_str() {
                "source" => mapping.source = source(value)?,
                "columns" => mapping.columns = columns(value)?,
                "users" => mapping.users = table("users", value)?,
                "content_types" => mapping.content_types = content_types(value)?,
                "defaults" => mapping.defaults = part("defaults", value)?,
                "redirects" => mapping.redirects = redirects(value)?,
                _ => {
                    let table = table(&name, value)?;
                    mapping.tables.insert(name, table);
                }
            }
        }
        if mapping.columns.is_empty() {
            return Err("[columns] is missing, or empty".to_owned());
        }
        mapping.used_tables_only()?;
        Ok(mapping)
    }

    /// A table that nothing uses is most often a name mistyped.
    fn used_tables_only(&self) -> Result<(), String> {
        let used = |name: &str| {
            matches!(name, "categories" | "article_types")
                || self
                    .columns
                    .values()
                    .any(|how| matches!(how, Use::To { values: Some(values), .. } if values == name))
        };
        match self.tables.keys().find(|name| !used(name)) {
            Some(name) => Err(format!("[{name}] is no part of a mapping, and no column has values = \"{name}\"")),
            None => Ok(()),
        }
    }
}

fn part<T: for<'de> Deserialize<'de>>(name: &str, value: Value) -> Result<T, String> {
    T::deserialize(value.into_deserializer()).map_err(|error| format!("[{name}]: {}", error.message()))
}

fn source(value: Value) -> Result<SourceFacts, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        list: Option<String>,
        base: Option<String>,
        #[serde(default)]
        aliases: Vec<String>,
        time_zone: Option<String>,
        date_format: Option<String>,
        locale: Option<String>,
    }
    let written: Written = part("source", value)?;
    let said = |error: String| format!("[source]: {error}");
    if let Some(format) = &written.date_format {
        is_format(format).map_err(said)?;
    }
    let list = written.list.as_deref().map(guid).transpose().map_err(said)?;
    let time_zone = written.time_zone.as_deref().map(str::parse::<Zone>).transpose().map_err(said)?.unwrap_or_default();
    let base = written.base.filter(|base| !base.trim().is_empty());
    if let Some(base) = &base
        && url::Url::parse(base).ok().is_none_or(|url| !url.has_host())
    {
        return Err(format!("[source]: base = \"{base}\" is no address; write it like \"https://cong.example\""));
    }
    Ok(SourceFacts {
        list,
        base,
        aliases: written.aliases,
        time_zone,
        date_format: written.date_format,
        locale: written.locale,
    })
}

/// A GUID in lower case, without braces.
fn guid(text: &str) -> Result<String, String> {
    let plain = text.trim().trim_matches(['{', '}']);
    uuid::Uuid::parse_str(plain).map(|id| id.to_string()).map_err(|_| format!("list = \"{text}\" is no GUID"))
}

fn is_format(format: &str) -> Result<(), String> {
    let wrong = chrono::format::StrftimeItems::new(format).any(|item| matches!(item, chrono::format::Item::Error));
    if wrong || !format.contains('%') {
        return Err(format!("\"{format}\" is no format of dates; write it like \"%d/%m/%Y %H:%M\""));
    }
    Ok(())
}

fn columns(value: Value) -> Result<BTreeMap<String, Use>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        to: String,
        values: Option<String>,
        split: Option<String>,
        format: Option<String>,
        zone: Option<String>,
    }
    let Value::Table(columns) = value else { return Err("[columns] is no table".to_owned()) };
    let mut uses = BTreeMap::new();
    for (name, value) in columns {
        let said = |error: String| format!("[columns] “{name}”: {error}");
        let written = match value {
            Value::String(to) => Written { to, values: None, split: None, format: None, zone: None },
            other => {
                Written::deserialize(other.into_deserializer()).map_err(|error| said(error.message().to_owned()))?
            }
        };
        if let Some(format) = &written.format {
            is_format(format).map_err(said)?;
        }
        let zone = written.zone.as_deref().map(str::parse).transpose().map_err(said)?;
        let how = if written.to == "ignore" {
            Use::Ignore
        } else {
            let target = written.to.parse::<Target>().map_err(|_| said(no_target(&written.to)))?;
            Use::To { target, values: written.values, split: written.split, format: written.format, zone }
        };
        uses.insert(name, how);
    }
    Ok(uses)
}

fn no_target(name: &str) -> String {
    use strum::IntoEnumIterator as _;
    let known = Target::iter().map(Target::name).collect::<Vec<_>>().join(", ");
    format!("there is no field \"{name}\". There are: {known}; and \"ignore\"")
}

fn table(name: &str, value: Value) -> Result<Table, String> {
    let Value::Table(values) = value else { return Err(format!("{name} is no table of values: write [{name}]")) };
    let values = values.into_iter().map(|(from, to)| match to {
        Value::String(to) if !to.trim().is_empty() => Ok((from, to)),
        _ => Err(format!("[{name}] “{from}”: write a text, or leave the line out")),
    });
    Ok(Table::new(values.collect::<Result<Vec<_>, _>>()?))
}

fn content_types(value: Value) -> Result<BTreeMap<String, bool>, String> {
    let values: BTreeMap<String, String> = part("content_types", value)?;
    let values = values.into_iter().map(|(name, what)| match what.as_str() {
        "article" => Ok((name, true)),
        "ignore" => Ok((name, false)),
        _ => Err(format!("[content_types] “{name}”: write \"article\" or \"ignore\"")),
    });
    values.collect()
}

fn redirects(value: Value) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        pattern: String,
    }
    let patterns: Vec<Written> = part("redirects", value)?;
    for Written { pattern } in &patterns {
        let rest = pattern.replacen("{id}", "", 1).replace("{any}", "");
        if !pattern.contains("{id}") || !pattern.starts_with('/') || rest.contains(['{', '}']) {
            return Err(format!(
                "[[redirects]] \"{pattern}\": write a path from the root with {{id}} once, and {{any}} for anything but \"/\""
            ));
        }
    }
    Ok(patterns.into_iter().map(|written| written.pattern).collect())
}
