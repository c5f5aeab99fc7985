//! The report as a folder of files.
//!
//! Lines are kept until there is a batch of them, and then written whole: whenever the process is killed, what is there
//! ends with a line's end, unless the kill strikes within the one write. A run that is taken up again begins its report
//! anew, for it looks at all items again.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use csv::{Terminator, Writer, WriterBuilder};

use super::{Facts, Line, Totals, summary, totals::Tally};
use crate::http::table::harmless;

/// What stands first in files that Excel should read as UTF-8.
const MARK: &str = "\u{feff}";

/// The file of what people read first.
const SUMMARY: &str = "summary.md";

/// A report that is being written.
#[derive(Debug)]
pub struct Report {
    run: Option<i64>,
    summary: PathBuf,
    items: Target,
    table: Target,
    losses: Target,
    waiting: usize,
    tally: Tally,
}

impl Report {
    /// Lines that are written at once, unless [`Report::flush`] asks for it earlier.
    const BATCH: usize = 200;

    /// Begins the report of this run, or of a trial that has no number, in this folder; what an earlier one left there goes.
    ///
    /// # Errors
    /// Where the folder or the files cannot be made.
    pub fn create(dir: &Path, run: Option<i64>) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let summary = dir.join(SUMMARY);
        match fs::remove_file(&summary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut report = Self {
            run,
            summary,
            items: Target::create(&dir.join("items.jsonl"))?,
            table: Target::create(&dir.join("items.csv"))?,
            losses: Target::create(&dir.join("losses.csv"))?,
            waiting: 0,
            tally: Tally::default(),
        };
        report.table.begin(&["item", "action", "article", "title", "reason", "losses"])?;
        report.losses.begin(&["item", "article", "field", "code", "sample"])?;
        report.flush()?;
        Ok(report)
    }

    /// Tells what became of an item.
    ///
    /// # Errors
    /// Where it cannot be written, as on a full disk.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.items.waiting, line)?;
        self.items.waiting.push(b'\n');
        let (item, article) = (line.item.to_string(), line.article.map(|id| id.to_string()).unwrap_or_default());
        let losses: Vec<String> = line
            .losses
            .iter()
            .map(|loss| {
                let sample = if loss.sample.is_empty() { String::new() } else { format!(": {}", loss.sample) };
                format!("{} ({}){sample}", loss.code, loss.field)
            })
            .collect();
        let title = line.title.as_deref().unwrap_or_default();
        let reason = line.reason.as_deref().unwrap_or_default();
        self.table.row([&*item, line.action.into(), &article, title, reason, &losses.join("; ")])?;
        for loss in &line.losses {
            self.losses.row([&*item, &article, &loss.field, loss.code.into(), &loss.sample])?;
        }
        self.tally.add(line);
        self.waiting += 1;
        if self.waiting >= Self::BATCH { self.flush() } else { Ok(()) }
    }

    /// Writes what waits: once a batch, when the database has it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.waiting = 0;
        [&mut self.items, &mut self.table, &mut self.losses].into_iter().try_for_each(Target::flush)
    }

    /// What was told up to now; `read` is nought until the end.
    pub fn totals(&self) -> &Totals {
        &self.tally.totals
    }

    /// Writes what waits and the summary, and says whether it all adds up to `rows_read`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self, rows_read: u64, facts: &Facts) -> io::Result<Totals> {
        self.flush()?;
        self.tally.totals.read = rows_read;
        let mut file = File::create(&self.summary).map_err(|error| named(&self.summary, &error))?;
        let page = summary::page(self.run, facts, &self.tally);
        file.write_all(page.as_bytes()).map_err(|error| named(&self.summary, &error))?;
        for target in [&self.items, &self.table, &self.losses] {
            target.settle()?;
        }
        // Some disks say only now that they are full.
        file.sync_all().or_else(no_disk).map_err(|error| named(&self.summary, &error))?;
        Ok(self.tally.totals)
    }
}

/// A file, and what waits to be written to it.
#[derive(Debug)]
struct Target {
    path: PathBuf,
    file: File,
    waiting: Vec<u8>,
}

impl Target {
    fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path).map_err(|error| named(path, &error))?;
        Ok(Self { path: path.to_owned(), file, waiting: Vec::new() })
    }

    /// The first line of a table.
    fn begin(&mut self, head: &[&str]) -> io::Result<()> {
        self.waiting.extend_from_slice(MARK.as_bytes());
        self.row(head.iter().copied())
    }

    fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        let mut writer: Writer<_> =
            WriterBuilder::new().terminator(Terminator::CRLF).buffer_capacity(1 << 10).from_writer(&mut self.waiting);
        writer.write_record(cells.into_iter().map(harmless))?;
        writer.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.waiting).map_err(|error| named(&self.path, &error));
        self.waiting.clear();
        written
    }

    fn settle(&self) -> io::Result<()> {
        self.file.sync_all().or_else(no_disk).map_err(|error| named(&self.path, &error))
    }
}

/// What is no file on a disk (a pipe, a terminal) cannot be brought there, and need not.
fn no_disk(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::InvalidInput { Ok(()) } else { Err(error) }
}

/// The error, with the file that it is of.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
