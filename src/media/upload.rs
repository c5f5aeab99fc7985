//! Taking a file in: streamed to the spool, recognised by its content, proved whole, kept.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{
    FileType, Kind, Refused,
    audio::{self, AudioInfo},
    contents,
    description::{Description, FORM_FIELDS},
    kind,
    name::clean_file_name,
    picture::{self, PictureInfo},
    storage::{Digest, ReceiveError, Received, StorageError},
};
use crate::{
    app::App,
    http::{Code, FieldError, Problem, text},
    settings::MediaSettings,
};

/// Pictures are decoded whole and take a core for a while: half of the cores at most work on them, so that memory is
/// bounded and other requests go on.
pub(super) static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new((cores / 2).max(1)))
});

/// How many bytes all the fields of a form may have, the file apart.
const MAX_FIELDS: usize = 64 * 1024;

/// A file that is kept, and what is known of it.
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
}

/// Takes the file in the field `file` of a multipart body, and what other fields say of it. Fields that mean nothing here
/// are passed over: browsers and libraries add some.
///
/// # Errors
/// `payload_too_large`, `unsupported_media_type` for what is not taken, `validation_failed` for what is damaged, lacks
/// such a field, has several, or describes it wrongly, `insufficient_storage`, `unavailable`.
pub async fn take(app: &App, mut body: Multipart) -> Result<(Taken, Description), Problem> {
    let settings = &app.settings.media;
    let limits = [Kind::Image, Kind::Audio, Kind::Document].map(|kind| limit(settings, kind));
    let largest = limits.into_iter().max().unwrap_or_default();
    let (mut file, mut said, mut room) = (None, Map::new(), MAX_FIELDS);
    while let Some(field) = body.next().await {
        let mut field = field.map_err(|error| unreadable(&error))?;
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            let value = small(&mut field, &mut room).await?;
            if FORM_FIELDS.contains(&name.as_str()) {
                said.insert(name, value);
            }
        } else if file.is_none() {
            let raw_name = field.content_disposition().and_then(|it| it.get_filename()).unwrap_or_default().to_owned();
            let received = app.storage.receive(field, largest).await.map_err(|error| match error {
                ReceiveError::TooLarge { limit } => too_large(limit),
                ReceiveError::Interrupted(error) => unreadable(&error),
                ReceiveError::Storage(error) => problem(error),
            })?;
            file = Some((received, raw_name));
        } else {
            return Err(Problem::invalid("/file", "repeated", text("repeated-parameter")));
        }
    }
    let Some((received, raw_name)) = file else { return Err(no_file()) };
    let description = Description::of_form(said)?;
    Ok((accept(app, &received, &raw_name).await?, description))
}

/// The text of a small field.
async fn small(field: &mut Field, room: &mut usize) -> Result<Value, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(|error| unreadable(&error))? {
        *room = room.checked_sub(chunk.len()).ok_or_else(|| too_large(MAX_FIELDS as u64))?;
        bytes.extend_from_slice(&chunk);
    }
    // What is no text fails by what its characters have become, or is not looked at.
    Ok(String::from_utf8_lossy(&bytes).into())
}

/// Recognises a file in the spool, proves it whole and keeps it.
///
/// # Errors
/// Those of [`take`].
pub async fn accept(app: &App, received: &Received, raw_name: &str) -> Result<Taken, Problem> {
    let file_type = off_thread(received.path(), kind::detect).await?;
    let limit = limit(&app.settings.media, file_type.kind);
    if received.size > limit {
        return Err(too_large(limit));
    }
    let (mut picture, mut audio, mut digest, mut size) = (None, None, received.digest, received.size);
    match file_type.kind {
        Kind::Image => {
            let clean = app.storage.scratch().await.map_err(problem)?;
            let output = clean.path().to_owned();
            let turn = TURNS.acquire().await.map_err(Problem::internal)?;
            picture = Some(off_thread(received.path(), move |input| picture::prepare(input, &output)).await?);
            (digest, size) = off_thread(clean.path(), |path| Ok(digest_of(path)?)).await?;
            // It is for computing: the storage may be slow, and others need not wait for it.
            drop(turn);
            keep(app, clean.path(), digest).await?;
        }
        Kind::Audio => {
            audio = Some(off_thread(received.path(), audio::inspect).await?);
            keep(app, received.path(), digest).await?;
        }
        Kind::Document => keep(app, received.path(), digest).await?,
    }
    let file_name = clean_file_name(raw_name, file_type.extension);
    Ok(Taken { digest, size, file_type, file_name, picture, audio })
}

/// Keeps what will be delivered. It is announced first, so that a purge does not take it for something left over.
async fn keep(app: &App, file: &Path, digest: Digest) -> Result<(), Problem> {
    app.newsroom.0.transaction(move |tx| contents::reserve(tx, &digest)).await?;
    app.storage.keep(file, &digest).await.map_err(problem)?;
    Ok(())
}

fn limit(settings: &MediaSettings, kind: Kind) -> u64 {
    match kind {
        Kind::Image => settings.media_max_image.as_u64(),
        Kind::Audio => settings.media_max_audio.as_u64(),
        Kind::Document => settings.media_max_document.as_u64(),
    }
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
pub(super) fn refusal(refused: Refused) -> Problem {
    let code = <&'static str>::from(&refused);
    let message = text(format!("refused-{}", code.replace('_', "-")));
    match refused {
        Refused::Disk(error) => problem(error.into()),
        Refused::Empty | Refused::Broken | Refused::TooLarge | Refused::TooLong => {
            Problem::invalid("/file", code, message)
        }
        _ => Problem::new(Code::UnsupportedMediaType, message.clone())
            .with_errors(vec![FieldError::new("/file", code, message)]),
    }
}

/// What a failure of the storage is for a client.
pub(super) fn problem(error: StorageError) -> Problem {
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

fn too_large(limit: u64) -> Problem {
    Problem::new(Code::PayloadTooLarge, text("payload-too-large").with("limit", limit))
}

fn no_file() -> Problem {
    Problem::invalid("/file", "required", text("file-required"))
}

fn unreadable(error: &MultipartError) -> Problem {
    tracing::debug!(%error, "a multipart body does not read");
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible
        | MultipartError::BoundaryMissing => Problem::new(
            Code::UnsupportedMediaType,
            text("unsupported-media-type").with("types", "multipart/form-data"),
        ),
        _ => Problem::bad_request(text("body-interrupted")),
    }
}
