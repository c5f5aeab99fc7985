//! `tintuc import sharepoint inspect`: what is in an export, and a mapping of it to edit.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    commands::failure::Failure,
    import::{inspect, mapping::Mapping, source::Source},
};

/// What to look at.
#[derive(Args, Debug)]
pub struct Inspect {
    /// A folder with what was exported, or a .csv, .xlsx or .json file
    bundle: PathBuf,
    /// Where the mapping is written; one that is there is held against the list instead
    #[arg(long, default_value = "mapping.toml", value_name = "FILE")]
    mapping: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Where the export cannot be read, or is not what the mapping is for.
pub fn look(Inspect { bundle, mapping: file }: &Inspect) -> Result<(), Failure> {
    if file.exists() {
        return check(bundle, file);
    }
    let source = Source::open(bundle, None)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mapping = inspect::inspect(&source, &mut out)?;
    let mut draft = OpenOptions::new().write(true).create_new(true).open(file)?;
    draft.write_all(mapping.as_bytes())?;
    writeln!(out, "\nA mapping is in {}. Edit it, and inspect once more to see whether it is whole.", file.display())?;
    out.flush()?;
    Ok(())
}

/// Tells what is in the export as this mapping reads it, and what is wrong with the mapping.
fn check(bundle: &Path, file: &Path) -> Result<(), Failure> {
    let mapping = Mapping::open(file)?;
    let source = Source::open(bundle, Some(&mapping))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    inspect::inspect(&source, &mut out)?;
    out.flush()?;
    match mapping.check(source.fields()) {
        Ok(_) => writeln!(out, "\n{} names every column, and fits this list.", file.display())?,
        Err(wrong) => return Err(format!("{}:\n{}", file.display(), wrong.join("\n")).into()),
    }
    out.flush()?;
    Ok(())
}
