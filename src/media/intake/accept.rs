//! Taking a file in: recognised by its content, proved whole, kept.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use diesel::{ExpressionMethods, RunQueryDsl, pg::upsert::excluded};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{
    FileType, Kind, Refused,
    audio::{self, AudioInfo},
    kind::{self, Known},
    name::clean_file_name,
    picture::{self, PictureInfo},
    video::{self, VideoInfo},
    warning::Warning,
};
use crate::{
    db::{Newsroom, Tx, schema::media_contents},
    http::{Code, FieldError, Problem, text},
    media::storage::{Digest, Received, Storage, StorageError},
    settings::MediaSettings,
};

/// Files are looked into and pictures decoded whole, which takes a core for a while and memory by what is inside: half of
/// the cores at most work on them, so that memory is bounded and other requests go on.
pub(crate) static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new((cores / 2).max(1)))
});

/// Takes files in: into this storage, reserved in this database, no larger than the settings allow. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    /// Where bytes go.
    pub storage: Storage,
    newsroom: Newsroom,
    limits: Arc<MediaSettings>,
}

/// A file that is kept, and what is known of it.
#[derive(Clone)]
pub struct Taken {
    /// The digest of the bytes that are delivered.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
    /// What it is.
    pub file_type: FileType,
    /// Its name, fit to be shown and sent.
    pub file_name: String,
    /// Of a picture.
    pub picture: Option<PictureInfo>,
    /// Of a recording.
    pub audio: Option<AudioInfo>,
    /// Of a film.
    pub video: Option<VideoInfo>,
    /// What editors should know of it.
    pub warnings: Vec<Warning>,
}

impl Intake {
    /// An intake of that storage.
    pub fn new(storage: Storage, newsroom: Newsroom, settings: &MediaSettings) -> Self {
        Self { storage, newsroom, limits: Arc::new(settings.clone()) }
    }

    /// How large the largest file of any kind may be, in bytes.
    pub fn largest(&self) -> u64 {
        [Kind::Image, Kind::Audio, Kind::Video, Kind::Document]
            .map(|kind| self.limit(kind))
            .into_iter()
            .max()
            .unwrap_or_default()
    }

    /// Recognises a file in the spool, proves it whole and keeps it.
    ///
    /// # Errors
    /// `payload_too_large`, `unsupported_media_type` for what is not taken, `validation_failed` for what is damaged,
    /// `insufficient_storage`, `unavailable`.
    pub async fn accept(&self, received: &Received, raw_name: &str) -> Result<Taken, Problem> {
        let turn = TURNS.acquire().await.map_err(Problem::internal)?;
        let Known { file_type, warnings } = off_thread(received.path(), kind::detect).await?;
        drop(turn);
        let mut file_type = file_type.named(raw_name);
        let limit = self.limit(file_type.kind);
        if received.size > limit {
            return Err(too_large(limit));
        }
        let (mut picture, mut audio, mut video) = (None, None, None);
        let (mut digest, mut size) = (received.digest, received.size);
        match file_type.kind {
            Kind::Image => {
                let clean = self.storage.scratch().await.map_err(problem)?;
                let output = clean.path().to_owned();
                let turn = TURNS.acquire().await.map_err(Problem::internal)?;
                let (delivered, info) =
                    off_thread(received.path(), move |input| picture::prepare(input, &output)).await?;
                (file_type, picture) = (delivered, Some(info));
                (digest, size) = off_thread(clean.path(), |path| Ok(digest_of(path)?)).await?;
                // It is for computing: the storage may be slow, and others need not wait for it.
                drop(turn);
                self.keep(clean.path(), digest).await?;
            }
            Kind::Audio => {
                audio = Some(off_thread(received.path(), move |path| audio::inspect(path, file_type)).await?);
                self.keep(received.path(), digest).await?;
            }
            Kind::Video => {
                video = Some(off_thread(received.path(), move |path| video::inspect(path, file_type)).await?);
                self.keep(received.path(), digest).await?;
            }
            Kind::Document => self.keep(received.path(), digest).await?,
        }
        let file_name = clean_file_name(raw_name, file_type.extension);
        Ok(Taken { digest, size, file_type, file_name, picture, audio, video, warnings })
    }

    /// Keeps what will be delivered. It is announced first, so that a purge does not take it for something left over.
    async fn keep(&self, file: &Path, digest: Digest) -> Result<(), Problem> {
        self.newsroom.transaction(move |tx| reserve(tx, &digest)).await?;
        self.storage.keep(file, &digest).await.map_err(problem)?;
        Ok(())
    }

    fn limit(&self, kind: Kind) -> u64 {
        let limit = match kind {
            Kind::Image => self.limits.media_max_image,
            Kind::Audio => self.limits.media_max_audio,
            Kind::Video => self.limits.media_max_video,
            Kind::Document => self.limits.media_max_document,
        };
        limit.as_u64()
    }
}

/// Announces that bytes are about to be kept: no purge removes them for a while, and one that is removing them just now
/// is waited for.
fn reserve(tx: &mut Tx<'_>, digest: &Digest) -> Result<(), Problem> {
    diesel::insert_into(media_contents::table)
        .values((media_contents::sha256.eq(digest.as_bytes().as_slice()), media_contents::reserved_at.eq(tx.now)))
        .on_conflict(media_contents::sha256)
        .do_update()
        .set(media_contents::reserved_at.eq(excluded(media_contents::reserved_at)))
        .execute(tx.conn)?;
    Ok(())
}

fn digest_of(path: &Path) -> std::io::Result<(Digest, u64)> {
    let (mut file, mut hasher, mut size) = (std::fs::File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest::from(hasher), size));
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
}

async fn off_thread<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Problem> {
    let path: PathBuf = path.to_owned();
    actix_web::web::block(move || work(&path)).await.map_err(Problem::internal)?.map_err(refusal)
}

/// Why a file is not taken, for the client.
pub(crate) fn refusal(refused: Refused) -> Problem {
    let code = <&'static str>::from(&refused);
    let message = text(format!("refused-{}", code.replace('_', "-")));
    match refused {
        Refused::Disk(error) => problem(error.into()),
        Refused::Empty | Refused::Broken | Refused::NotDecoded | Refused::TooLarge | Refused::TooLong => {
            Problem::invalid("/file", code, message)
        }
        _ => Problem::new(Code::UnsupportedMediaType, message.clone())
            .with_errors(vec![FieldError::new("/file", code, message)]),
    }
}

/// What a failure of the storage is for a client.
pub(crate) fn problem(error: StorageError) -> Problem {
    match error {
        StorageError::NotFound(_) => Problem::internal(error),
        StorageError::Full(_) => {
            tracing::error!(cause = %error, "the media storage has no space left");
            Problem::new(Code::InsufficientStorage, text("insufficient-storage"))
        }
        StorageError::Unavailable(_) => Problem::unavailable(error),
        StorageError::OutOfRange { .. } | StorageError::Other(_) => Problem::internal(error),
    }
}

/// A file, or what goes with it, is larger than so many bytes.
pub(crate) fn too_large(limit: u64) -> Problem {
    Problem::new(Code::PayloadTooLarge, text("payload-too-large").with("limit", limit))
}
