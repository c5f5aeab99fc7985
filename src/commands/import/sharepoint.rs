//! `tintuc import sharepoint`: a list, from its export to articles, and back.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::inspect::{self, Inspect};
use crate::commands::{
    database::Connected,
    failure::{self, Failure},
};
use crate::{
    calendar,
    db::{Newsroom, migrations},
    import::{
        mapping::{Columns, Mapping, Target},
        report::{Action, Totals},
        rollback,
        run::{Importer, Wanted},
        source::Source,
        store::List,
    },
    media::{intake::Intake, storage::Storage},
    settings::Settings,
    text::Players,
};

/// What to do with a list.
#[derive(Subcommand, Debug)]
pub enum SharePoint {
    /// Print what is in an export, and draft a mapping of it; or hold one that is there against it
    Inspect(Inspect),
    /// Take it over: what is new is made, what changed there is brought up to date, what changed here too stays and is told.
    /// Also while services run over the database; what was cut off goes on with the same command
    Run {
        /// The export: a folder that export.ps1 wrote, a ShareGate folder, a CSV, XLSX or JSON file
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
        /// What becomes of each column: a file that `inspect` began and a person finished
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        /// Do everything but keep it
        #[arg(long)]
        dry_run: bool,
        /// Only these items, by their numbers
        #[arg(long, value_name = "IDS", value_delimiter = ',')]
        only: Option<Vec<i64>>,
        /// Only items that were saved there on this day or later, or at this moment (RFC 3339)
        #[arg(long, value_name = "DATE", value_parser = moment)]
        since: Option<DateTime<Utc>>,
        /// Where to write what became of each item; `imports/` in the data directory where not said
        #[arg(long, value_name = "DIR")]
        report: Option<PathBuf>,
        /// Tell webhooks and listeners of all that is public by it. Without it partners get it by `sync`, and no bell rings
        #[arg(long)]
        announce: bool,
    },
    /// Take a run back: what it made goes for good, what it changed is as before; what somebody edited since stays
    Rollback {
        /// The number of the run, which its summary tells
        #[arg(value_name = "RUN")]
        run: i64,
    },
}

/// A day of the newsroom's calendar, or a moment.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let day: NaiveDate = text.parse().map_err(|_| "neither a day (2026-11-28) nor a moment (RFC 3339)".to_owned())?;
    let midnight = day.and_time(NaiveTime::MIN).and_local_timezone(calendar::zone()).earliest();
    midnight.map(|at: DateTime<FixedOffset>| at.to_utc()).ok_or_else(|| "no such day".to_owned())
}

/// Runs the command.
///
/// # Errors
/// Where the source or the mapping is not fit, or the database is not there; where the report does not add up.
pub fn run(settings: &Settings, command: &SharePoint) -> Result<(), Failure> {
    match command {
        SharePoint::Inspect(what) => inspect::look(what),
        SharePoint::Run { bundle, mapping, dry_run, only, since, report, announce } => {
            let read = Mapping::open(mapping)?;
            let source = Source::open(bundle, Some(&read))?;
            let (list, columns) = fit(&source, &read)?;
            let wanted = Wanted { dry: *dry_run, only: only.clone(), since: *since, announce: *announce };
            let report = report.clone().unwrap_or_else(|| settings.data_dir().join("imports").join(name_of(bundle)));
            take_over(settings, bundle, &source, &read, &columns, list, wanted, &report)
        }
        SharePoint::Rollback { run } => roll_back(settings, *run),
    }
}

/// What a bundle is called.
fn name_of(bundle: &Path) -> String {
    bundle.file_name().unwrap_or(bundle.as_os_str()).to_string_lossy().into_owned()
}

/// The list and its columns, if the mapping fits them.
fn fit(source: &Source, mapping: &Mapping) -> Result<(List, Columns), Failure> {
    let fields = source.fields();
    let mut wrong = Vec::new();
    let columns = mapping.check(fields).unwrap_or_else(|all| {
        wrong = all;
        Columns::default()
    });
    // A choice that nobody has made yet is asked for before anything is written.
    for column in columns.of(Target::ArticleType) {
        let choices = fields.internal(&column.internal).map(|field| field.choices.as_slice()).unwrap_or_default();
        let named = |choice: &str| column.values.as_ref().is_some_and(|table| table.get(choice).is_some());
        let unnamed = choices.iter().filter(|choice| !named(choice));
        wrong.extend(unnamed.map(|choice| format!("[article_types] does not name “{choice}”")));
    }
    let guid = mapping.source.list.as_deref().or(fields.list.id.as_deref());
    let list_id = guid.and_then(|guid| Uuid::parse_str(guid.trim_matches(['{', '}'])).ok());
    if list_id.is_none() {
        wrong.push(
            "[source] has no list = \"…\": the list's GUID, which its settings page has in its address".to_owned(),
        );
    }
    let (Some(list_id), true) = (list_id, wrong.is_empty()) else {
        return Err(format!("the mapping does not fit the list:\n- {}", wrong.join("\n- ")).into());
    };
    let name =
        fields.list.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| list_id.to_string());
    let name = name.chars().take(300).collect();
    let (base, folder) = (mapping.source.base.clone(), fields.list.folder.clone());
    Ok((List { list_id, name, base, folder, patterns: mapping.redirects.clone() }, columns))
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that a run is of")]
fn take_over(
    settings: &Settings,
    bundle: &Path,
    source: &Source,
    mapping: &Mapping,
    columns: &Columns,
    list: List,
    wanted: Wanted,
    report: &Path,
) -> Result<(), Failure> {
    let database = Connected::to_work(settings)?;
    failure::start_log(&Settings { log: "warn,lofty=error".to_owned(), ..settings.clone() })?;
    let outcome = (|| {
        migrations::run(database.url.expose_secret())?;
        let newsroom = Newsroom::open(&database.url, 2, None)?;
        let intake = Intake::new(Storage::open(settings)?, newsroom.clone(), &settings.media);
        let players = Players::new(&settings.embed_hosts);
        let progress = ProgressBar::new(source.items_in_all());
        progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} items, {per_sec}, {eta} left")?);
        progress.enable_steady_tick(Duration::from_millis(200));
        let (newsroom, intake, players) = (&newsroom, &intake, &players);
        let dry = wanted.dry;
        let importer = Importer { newsroom, intake, source, mapping, columns, list, players, wanted };
        let name = name_of(bundle);
        let running = importer.run(report, &name, |done| progress.set_position(done));
        let totals = actix_web::rt::System::new().block_on(running)?;
        progress.finish_and_clear();
        tell(&totals, report, dry)
    })();
    database.release()?;
    outcome
}

/// Says what came of it.
fn tell(totals: &Totals, report: &Path, dry: bool) -> Result<(), Failure> {
    let of = |action| totals.of(action);
    println!(
        "{}{} items read: {} made, {} brought up to date, {} as they were, {} in conflict, {} refused; {} gone there. {} losses.",
        if dry { "Nothing was kept. " } else { "" },
        totals.read,
        of(Action::Created),
        of(Action::Updated),
        of(Action::Skipped),
        of(Action::Conflict),
        of(Action::Refused),
        of(Action::Gone),
        totals.lost(),
    );
    println!("What became of each is in {}; summary.md first.", report.display());
    if totals.adds_up() {
        return Ok(());
    }
    Err(format!("{} items were read, and {} are told of: something is wrong here", totals.read, totals.told()).into())
}

fn roll_back(settings: &Settings, run: i64) -> Result<(), Failure> {
    let database = Connected::to_work(settings)?;
    failure::start_log(&Settings { log: "warn,lofty=error".to_owned(), ..settings.clone() })?;
    let outcome = (|| {
        migrations::run(database.url.expose_secret())?;
        let newsroom = Newsroom::open(&database.url, 1, None)?;
        let progress = ProgressBar::new_spinner();
        progress.set_style(ProgressStyle::with_template("{spinner} {pos} items taken back, {per_sec}")?);
        let outcome = rollback::roll_back(&newsroom, run, |done| progress.set_position(done))?;
        progress.finish_and_clear();
        println!(
            "{} articles that the run had made are gone, {} are as before; {} files that nothing shows are gone.",
            outcome.removed, outcome.restored, outcome.files,
        );
        if !outcome.kept.is_empty() {
            let kept = outcome.kept.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            println!("Edited here since, or by a later run, and left as they are: {kept}.");
        }
        Ok(())
    })();
    database.release()?;
    outcome
}
