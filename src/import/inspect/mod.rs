//! What is in a source, for a person to read, and a mapping for them to edit.
//!
//! - [`tally`]: what each column holds, counted.
//! - [`guess`]: what a column may become, by its name and type.
//! - [`draft`]: the mapping with these guesses, and their numbers as comments.

mod draft;
mod guess;
mod tally;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::source::{Refused, Source};
use tally::{Column, Tally};

/// What an inspection may fail with.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The source.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Whoever reads.
    #[error(transparent)]
    Unheard(#[from] io::Error),
}

/// Tells what is in the source, and drafts a mapping.
///
/// # Errors
/// Where the source cannot be read, or nobody reads.
pub fn inspect(source: &Source, out: &mut dyn Write) -> Result<String, Failed> {
    let tally = Tally::of(source)?;
    head(source, &tally, out)?;
    for column in &tally.columns {
        write_column(column, out)?;
    }
    people(&tally, out)?;
    Ok(draft::mapping(source, &tally))
}

fn head(source: &Source, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    let list = &source.fields().list;
    let title = list.title.as_deref().unwrap_or("a list whose name nobody tells");
    writeln!(out, "{}: {title}, {} items", source.shape(), source.items_in_all())?;
    if let Some(id) = &list.id {
        writeln!(out, "list {id}{}", list.folder.as_ref().map(|folder| format!(" at {folder}")).unwrap_or_default())?;
    }
    writeln!(
        out,
        "{} articles, {} folders, {} others; {} versions; {} attachments, {} of them missing",
        tally.articles, tally.folders, tally.others, tally.versions, tally.attachments, tally.attachments_missing
    )?;
    for (kind, count) in source.content_types() {
        writeln!(out, "content type {kind}: {count}")?;
    }
    for (state, count) in &tally.states {
        writeln!(out, "approval {state}: {count}")?;
    }
    if let (Some(first), Some(last)) = (tally.first, tally.last) {
        writeln!(out, "saved from {} to {}", first.format("%Y-%m-%d"), last.format("%Y-%m-%d"))?;
    }
    for what in source.missing() {
        writeln!(out, "missing: {what}")?;
    }
    for (code, (count, sample)) in &tally.losses {
        writeln!(out, "loss {code}: {count}, as “{sample}”")?;
    }
    for (host, count) in tally.hosts() {
        writeln!(out, "addresses at {host}: {count}")?;
    }
    writeln!(out)
}

fn write_column(column: &Column, out: &mut dyn Write) -> io::Result<()> {
    let field = &column.field;
    let guess = column.guess.map_or("?", |guess| guess.name());
    writeln!(
        out,
        "{} ({}, {}): {} of {} filled → {guess}",
        field.display, field.internal, field.kind, column.filled, column.of
    )?;
    if !field.choices.is_empty() {
        writeln!(out, "    choices: {}", field.choices.join(" | "))?;
    }
    if let Some(dates) = column.told_dates() {
        writeln!(out, "    {dates}")?;
    }
    let few = column.few();
    if few.is_empty() {
        for example in &column.examples {
            writeln!(out, "    e.g. {example}")?;
        }
    }
    for (value, count) in few.iter().take(40) {
        writeln!(out, "    {count} × {value}")?;
    }
    if few.len() > 40 {
        writeln!(out, "    and {} more", few.len() - 40)?;
    }
    if column.unlabelled > 0 {
        writeln!(out, "    {} terms whose label nobody knows", column.unlabelled)?;
    }
    Ok(())
}

fn people(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{} people", tally.people.len())?;
    for (person, count) in tally.people_by_count().into_iter().take(60) {
        let number = person.id.map(|id| format!("{id} ")).unwrap_or_default();
        let name = person.name.as_deref().unwrap_or("(nobody knows the name)");
        writeln!(out, "    {number}{name} <{}>: {count}", person.email.as_deref().unwrap_or("no address"))?;
    }
    Ok(())
}
