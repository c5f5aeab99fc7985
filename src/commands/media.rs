//! `tintuc media`: looks after what the media storage holds.

use std::time::Duration;

use clap::{Args, Subcommand};
use diesel::{QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::{database::Connected, failure::Failure};
use crate::{
    db::{Newsroom, schema::media_revisions},
    media::{
        library::purge::{Purge, Removed},
        storage::{Digest, Key, Storage, Verdict},
    },
    settings::{Settings, location::Location},
};

/// What to do with the media storage.
#[derive(Args, Debug)]
pub struct MediaCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Read every file of the library again and name those that are missing or damaged
    Verify,
    /// Bring every file of the library to another storage, while the service goes on. Then start the service with the
    /// new storage and run this once more, for what was uploaded meanwhile. The old storage is left as it is
    Move {
        /// Where to: a folder, or s3://bucket/prefix
        #[arg(long, value_name = "FOLDER/URL")]
        to: Location,
        /// From where, if no longer from where the settings say
        #[arg(long, value_name = "FOLDER/URL")]
        from: Option<Location>,
    },
    /// Remove the files that nothing has used for as long as the settings say, and what has no record any more. The
    /// service does the same by itself, bit by bit
    Purge {
        /// Remove nothing, only say what would be
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// Where the database or a storage is not there; where something is missing or damaged.
pub fn run(settings: &Settings, command: &MediaCommand) -> Result<(), Failure> {
    let database = Connected::to_work(settings)?;
    let system = actix_web::rt::System::new();
    let outcome = match &command.action {
        Action::Verify => system.block_on(verify(settings, &database)),
        Action::Move { to, from } => system.block_on(bring(settings, &database, from.as_ref(), to)),
        Action::Purge { dry_run } => system.block_on(purge(settings, &database, *dry_run)),
    };
    database.release()?;
    outcome
}

/// What the library has of a file.
#[derive(Queryable, Selectable)]
#[diesel(table_name = media_revisions)]
struct Stored {
    media_id: Uuid,
    file_name: String,
    size: i64,
    sha256: Vec<u8>,
}

/// The files of the library, what versions show of replaced ones included, each content once: they may share their bytes.
async fn contents(database: &Connected) -> Result<Vec<Stored>, Failure> {
    let pool = Newsroom::open(&database.url, 1, None)?;
    let contents = media_revisions::table.distinct_on(media_revisions::sha256).order((
        media_revisions::sha256,
        media_revisions::media_id,
        media_revisions::revision,
    ));
    Ok(pool.read(move |conn| Ok(contents.select(Stored::as_select()).load(conn)?)).await?)
}

fn progress_over<T>(files: &[T]) -> Result<ProgressBar, Failure> {
    let progress = ProgressBar::new(files.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left")?);
    progress.enable_steady_tick(Duration::from_millis(200));
    Ok(progress)
}

async fn verify(settings: &Settings, database: &Connected) -> Result<(), Failure> {
    let storage = Storage::open(settings)?;
    let rows = contents(database).await?;
    let progress = progress_over(&rows)?;
    let mut wrong = 0;
    for row in &rows {
        let digest = digest(row)?;
        let complaint = match storage.verify(&Key::content(digest), &digest).await? {
            Verdict::Sound => None,
            Verdict::Missing => Some("is missing".to_owned()),
            Verdict::Damaged { size, .. } => Some(format!("is damaged ({size} of {} bytes there)", row.size)),
        };
        if let Some(complaint) = complaint {
            wrong += 1;
            progress.suspend(|| println!("{} ({}) {complaint}", row.file_name, row.media_id));
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if wrong > 0 {
        return Err(format!("{wrong} files are missing or damaged").into());
    }
    println!("{} files, all of them whole.", rows.len());
    Ok(())
}

async fn bring(
    settings: &Settings,
    database: &Connected,
    from: Option<&Location>,
    to: &Location,
) -> Result<(), Failure> {
    let at = |location: &Location| {
        let mut settings = settings.clone();
        settings.media.media_storage = Some(location.clone());
        Storage::open(&settings)
    };
    let source = from.map_or_else(|| Storage::open(settings), at)?;
    let target = at(to)?;
    let rows = contents(database).await?;
    let progress = progress_over(&rows)?;
    let mut brought = 0;
    for row in &rows {
        let digest = digest(row)?;
        let key = Key::content(digest);
        if !target.exists(&key).await? {
            let reading = source.read(&key, None).await?;
            let received = target.receive(reading.bytes, u64::MAX).await?;
            if received.digest != digest {
                return Err(format!("{} ({}) is damaged; nothing more was brought", row.file_name, row.media_id).into());
            }
            target.keep(received.path(), &digest).await?;
            brought += 1;
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    println!("{brought} files were brought, {} were there already.", rows.len() - brought);
    Ok(())
}

async fn purge(settings: &Settings, database: &Connected, dry_run: bool) -> Result<(), Failure> {
    let newsroom = Newsroom::open(&database.url, 1, None)?;
    let purge = Purge::new(newsroom, Storage::open(settings)?, settings.media.media_retention);
    let mut removed = Removed::default();
    let records = purge.unused_records().await?;
    let progress = progress_over(&records)?;
    for record in &records {
        if dry_run || purge.record(record.id).await? {
            removed.records += 1;
            let (name, since) = (&record.file_name, record.since.format("%Y-%m-%d"));
            progress.suspend(|| println!("{name} ({}), unused since {since}", record.id));
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if !dry_run {
        purge.superseded().await?;
    }
    // Only after this does the database know what the storage holds.
    let renditions = purge.strays().await?;
    let leaving: Vec<_> = records.iter().filter(|_| dry_run).map(|record| record.id).collect();
    let contents = purge.contents(&leaving).await?;
    let progress = progress_over(&contents)?;
    for digest in contents {
        removed.contents += usize::from(dry_run || purge.content(digest).await?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    for key in &renditions {
        if !dry_run {
            purge.rendition(key).await?;
        }
        removed.renditions += 1;
    }
    let Removed { records, contents, renditions } = removed;
    let done = if dry_run { "would be removed" } else { "were removed" };
    println!("{records} records, the bytes of {contents} files and {renditions} stray renditions {done}.");
    Ok(())
}

fn digest(row: &Stored) -> Result<Digest, Failure> {
    Ok(<[u8; 32]>::try_from(row.sha256.as_slice()).map(Digest::from)?)
}
