//! `tintuc media`: looks after what the media storage holds.

use std::time::Duration;

use clap::{Args, Subcommand};
use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, database::Connected};
use crate::{
    db::{Database, schema::media},
    media::{
        model::MediaRow,
        storage::{Digest, Key, Storage, Verdict},
    },
    settings::Settings,
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
}

/// Runs the command.
///
/// # Errors
/// Where the database or the storage is not there; where something is missing or damaged.
pub fn run(settings: &Settings, command: &MediaCommand) -> Result<(), Failure> {
    let database = Connected::to_work(settings)?;
    let outcome = match command.action {
        Action::Verify => actix_web::rt::System::new().block_on(verify(settings, &database)),
    };
    database.release()?;
    outcome
}

async fn verify(settings: &Settings, database: &Connected) -> Result<(), Failure> {
    let storage = Storage::open(settings)?;
    let pool = Database::open(&database.url, 1)?;
    let mut rows: Vec<MediaRow> =
        pool.read(|conn| Ok(media::table.order(media::id).select(MediaRow::as_select()).load(conn)?)).await?;
    let records = rows.len();
    // Records may share their bytes.
    rows.sort_by(|one, other| one.sha256.cmp(&other.sha256));
    rows.dedup_by(|one, other| one.sha256 == other.sha256);
    let progress = ProgressBar::new(rows.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left")?);
    progress.enable_steady_tick(Duration::from_millis(200));
    let mut wrong = 0;
    for row in rows {
        let digest = <[u8; 32]>::try_from(row.sha256.as_slice()).map(Digest::from)?;
        let complaint = match storage.verify(&Key::content(digest), &digest).await? {
            Verdict::Sound => None,
            Verdict::Missing => Some("is missing".to_owned()),
            Verdict::Damaged { size, .. } => Some(format!("is damaged ({size} of {} bytes there)", row.size)),
        };
        if let Some(complaint) = complaint {
            wrong += 1;
            progress.suspend(|| println!("{} ({}) {complaint}", row.file_name, row.id));
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if wrong > 0 {
        return Err(format!("{wrong} files are missing or damaged").into());
    }
    println!("{records} records, and every file is whole.");
    Ok(())
}
