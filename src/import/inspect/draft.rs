//! The mapping as it is drafted: every column with a guess, and what the guess stands on as a comment.

use super::{
    guess,
    tally::{Column, Tally},
};
use crate::{
    import::{mapping::Target, source::Source},
    text::Slug,
};

/// The mapping's text.
pub fn mapping(source: &Source, tally: &Tally) -> String {
    let mut text = String::from(
        "# What of the list becomes what. Every column has to be named: a field, or \"ignore\".\n\
         # Look at each line with a question mark, then run with --dry-run and read its report.\n\n",
    );
    about(source, tally, &mut text);
    columns(source, tally, &mut text);
    categories(tally, &mut text);
    types(tally, &mut text);
    users(tally, &mut text);
    content_types(source, &mut text);
    text.push_str(
        "\n# What an item has that has none:\n[defaults]\n# category = \"tin-tuc\"\n# article_type = \"news\"\n\n\
         # Addresses that articles had, where pages were shown under others than the list's own:\n\
         # [[redirects]]\n# pattern = \"/tin-tuc/{any}-{id}.html\"\n",
    );
    text
}

fn about(source: &Source, tally: &Tally, text: &mut String) {
    text.push_str("[source]\n");
    match &source.fields().list.id {
        Some(list) => text.push_str(&format!("list = {}\n", quoted(list))),
        None => {
            text.push_str(
                "# list = \"…\"  # ? the list's GUID: from its settings' address. IDs repeat between lists\n",
            );
        }
    }
    let hosts = tally.own_hosts();
    match hosts.first() {
        Some(host) => {
            text.push_str(&format!(
                "base = {}  # most addresses of pictures and pages are there\n",
                quoted(&format!("https://{host}"))
            ));
        }
        None => text.push_str("# base = \"https://…\"  # ? the site's address\n"),
    }
    let others: Vec<String> = hosts.iter().skip(1).take(10).map(|host| quoted(&format!("http://{host}"))).collect();
    let comment = if others.is_empty() { "other names of the same site" } else { "? other names of the same site" };
    text.push_str(&format!("aliases = [{}]  # {comment}\n", others.join(", ")));
    let zone = tally.columns.iter().filter(|column| column.field.date_only).find_map(Column::zone);
    match zone {
        Some((zone, share)) if zone.local_minus_utc() != 7 * 3600 => {
            text.push_str(&format!("time_zone = \"{zone}\"  # ? {share} in a hundred days begin there\n"));
        }
        _ => text.push_str("time_zone = \"Asia/Ho_Chi_Minh\"\n"),
    }
    if let Some(format) = common_format(source) {
        text.push_str(&format!("date_format = {}\n", quoted(&format)));
    }
}

/// The format of most columns of a table.
fn common_format(source: &Source) -> Option<String> {
    let formats = source.date_formats();
    formats
        .iter()
        .map(|(_, format)| format)
        .max_by_key(|one| formats.iter().filter(|(_, other)| other == *one).count())
        .cloned()
}

fn columns(source: &Source, tally: &Tally, text: &mut String) {
    text.push_str("\n[columns]\n");
    let common = common_format(source);
    for column in &tally.columns {
        let field = &column.field;
        let name = quoted(source.fields().name_of(field));
        let mut parts = Vec::new();
        match column.guess {
            Some(Target::Category) => parts.push("values = \"categories\"".to_owned()),
            Some(Target::ArticleType) => parts.push("values = \"article_types\"".to_owned()),
            Some(Target::Tags) => parts.extend(between(column).map(|mark| format!("split = {}", quoted(mark)))),
            _ => {}
        }
        let format =
            source.date_formats().iter().find(|(internal, _)| *internal == field.internal).map(|(_, format)| format);
        if let Some(format) = format.filter(|format| Some(*format) != common.as_ref()) {
            parts.push(format!("format = {}", quoted(format)));
        }
        let to = column.guess.map_or("ignore", Target::name);
        let value = match (column.guess, parts.is_empty()) {
            (Some(_), false) => format!("{{ to = \"{to}\", {} }}", parts.join(", ")),
            _ => format!("\"{to}\""),
        };
        let doubt = if column.guess.is_none() && column.filled > 0 { "? " } else { "" };
        let example = column.examples.first().map(|example| format!(": {}", comment(example, 50))).unwrap_or_default();
        text.push_str(&format!(
            "{name} = {value}  # {doubt}{}, {}, {} of {} filled{example}\n",
            comment(&field.internal, 60),
            comment(&field.kind, 40),
            column.filled,
            column.of
        ));
    }
}

/// What stands between keywords that are written in one text.
fn between(column: &Column) -> Option<&'static str> {
    if column.field.kind != "Text" {
        return None;
    }
    let count = |mark: char| column.examples.iter().filter(|example| example.contains(mark)).count();
    Some(if count(',') > count(';') { "," } else { ";" })
}

fn categories(tally: &Tally, text: &mut String) {
    let Some(column) = tally.columns.iter().find(|column| column.guess == Some(Target::Category)) else { return };
    text.push_str(
        "\n# A category by slug or name. One that is not named here is made under its own name.\n[categories]\n",
    );
    for (value, count) in column.all_values() {
        let slug = Slug::from_text(value).as_str().to_owned();
        text.push_str(&format!("# {} = {}  # {count}\n", quoted(value), quoted(&slug)));
    }
    if column.unlabelled > 0 {
        text.push_str(&format!(
            "# {} items have a term whose label nobody knows: terms.json lacks it.\n",
            column.unlabelled
        ));
    }
}

fn types(tally: &Tally, text: &mut String) {
    let Some(column) = tally.columns.iter().find(|column| column.guess == Some(Target::ArticleType)) else { return };
    text.push_str("\n# A type by its code: news, announcement, document, photo_story, video, or one of your own. One that is not named\n# here stops the run.\n[article_types]\n");
    let mut values = column.all_values();
    let unused = column.field.choices.iter().filter(|choice| !values.iter().any(|(value, _)| value == choice));
    let unused: Vec<(&str, u64)> = unused.map(|choice| (choice.as_str(), 0)).collect();
    values.extend(unused);
    let mut seen = std::collections::BTreeSet::new();
    for (value, count) in values {
        if !seen.insert(value) {
            continue;
        }
        match guess::article_type(value) {
            Some(code) => text.push_str(&format!("{} = \"{code}\"  # {count}\n", quoted(value))),
            None => text.push_str(&format!("# {} = \"…\"  # ? {count}\n", quoted(value))),
        }
    }
}

fn users(tally: &Tally, text: &mut String) {
    let unknown: Vec<_> = tally.people_by_count().into_iter().filter(|(person, _)| person.email.is_none()).collect();
    text.push_str("\n# Addresses of people, by number, name or login: these here have none. Without one they are kept by name.\n[users]\n");
    for (person, count) in unknown.into_iter().take(200) {
        let name = person.id.map(|id| id.to_string()).or_else(|| person.name.clone()).unwrap_or_default();
        let known = person.name.as_deref().unwrap_or("nobody knows the name");
        text.push_str(&format!("# {} = \"…\"  # {}, {count} times\n", quoted(&name), comment(known, 60)));
    }
}

fn content_types(source: &Source, text: &mut String) {
    let types = source.content_types();
    let Some(most) = types.iter().max_by_key(|(_, count)| **count).map(|(kind, _)| kind) else { return };
    if types.len() < 2 {
        return;
    }
    text.push_str("\n# Which content types are articles; those that begin with one of these are the same. Items of others are told, and left.\n[content_types]\n");
    for (kind, count) in types {
        let (what, doubt) = if kind == most { ("article", "") } else { ("ignore", "? ") };
        text.push_str(&format!("{} = \"{what}\"  # {doubt}{count}\n", quoted(kind)));
    }
}

/// A text as TOML writes it, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A text as it may stand in a comment.
fn comment(text: &str, most: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    plain.trim().to_owned()
}
