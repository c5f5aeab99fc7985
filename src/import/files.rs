//! Files of the source, taken into the library by the same rules as what editors upload; each content once.

use std::{collections::HashMap, convert::Infallible, path::Path};

use bytes::Bytes as Chunk;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::{Stream, stream};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::plan::{Bytes, Content, File};
use crate::{
    access::Principal,
    db::{
        Newsroom, Tx,
        schema::{imported_files, media},
    },
    http::{Code, Problem},
    media::library::model::pixels,
    media::{
        intake::{Intake, Kind, Taken},
        library::{description::Description, store},
        renditions::urls::FileRef,
        storage::ReceiveError,
    },
};

/// A file as the library has it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its record.
    pub id: Uuid,
    /// The record's newest bytes.
    pub revision: i32,
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub url: String,
}

/// What became of files: what the library has, or why it does not.
pub type Library = HashMap<Content, Result<Kept, String>>;

/// Makes sure that these files are in the library, as far as it takes them.
///
/// # Errors
/// Where the storage or the database fails; a file that is not taken is in the answer.
pub async fn take(
    newsroom: &Newsroom,
    intake: &Intake,
    importer: &Principal,
    run: i64,
    files: &[(Content, File)],
) -> Result<Library, Problem> {
    let wanted: Vec<Content> = files.iter().map(|(content, _)| *content).collect();
    let mut library = newsroom.transaction_here(|tx| known(tx, &wanted))?;
    for (content, file) in files {
        if library.contains_key(content) {
            continue;
        }
        let outcome = accepted(intake, file).await?;
        let importer = importer.clone();
        let kept = newsroom.transaction_here(|tx| {
            let outcome = match outcome {
                Ok(taken) => Ok(store::add(tx, importer.at(tx.now), taken, Description::default())?.id),
                Err(reason) => Err(reason),
            };
            let (media_id, refused) = match outcome {
                Ok(id) => (Some(id), None),
                Err(reason) => (None, Some(reason.chars().take(200).collect::<String>())),
            };
            diesel::insert_into(imported_files::table)
                .values((
                    imported_files::sha256.eq(content.0.to_vec()),
                    imported_files::media_id.eq(media_id),
                    imported_files::refused.eq(refused),
                    imported_files::run_id.eq(run),
                ))
                .on_conflict_do_nothing()
                .execute(tx.conn)?;
            known(tx, &[*content])
        })?;
        library.extend(kept);
    }
    Ok(library)
}

/// What is known of these files.
fn known(tx: &mut Tx<'_>, wanted: &[Content]) -> Result<Library, Problem> {
    let of_wanted = wanted.iter().map(|content| content.0.to_vec());
    let rows: Vec<(Vec<u8>, Option<Uuid>, Option<String>)> = imported_files::table
        .filter(imported_files::sha256.eq_any(of_wanted))
        .select((imported_files::sha256, imported_files::media_id, imported_files::refused))
        .load(tx.conn)?;
    let ids: Vec<Uuid> = rows.iter().filter_map(|(_, id, _)| *id).collect();
    let kept = kept(tx, &ids)?;
    let mut library = Library::new();
    for (sha256, id, refused) in rows {
        let Ok(digest) = <[u8; 32]>::try_from(sha256) else { continue };
        let found = match id.and_then(|id| kept.get(&id)) {
            Some(kept) => Ok(kept.clone()),
            None => Err(refused.unwrap_or_default()),
        };
        library.insert(Content(digest), found);
    }
    Ok(library)
}

fn kept(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<HashMap<Uuid, Kept>, Problem> {
    type Row = (Uuid, i32, Kind, String, Vec<u8>, Option<i32>, Option<i32>, Option<f32>, Option<f32>);
    let rows: Vec<Row> = media::table
        .filter(media::id.eq_any(ids))
        .select((
            media::id,
            media::file_revision,
            media::kind,
            media::file_name,
            media::sha256,
            media::width,
            media::height,
            media::focal_x,
            media::focal_y,
        ))
        .load(tx.conn)?;
    let kept = rows.into_iter().map(|(id, revision, kind, file_name, sha256, width, height, x, y)| {
        let (size, focal) = (pixels(width, height), x.zip(y));
        let url = FileRef { id, kind, file_name: &file_name, sha256: &sha256, size, focal }.url();
        (id, Kept { id, revision, kind, url })
    });
    Ok(kept.collect())
}

/// Takes bytes in as an upload's, or says why not.
async fn accepted(intake: &Intake, file: &File) -> Result<Result<Taken, String>, Problem> {
    match &file.bytes {
        Bytes::These(bytes) => {
            let whole = stream::iter([Ok::<_, Infallible>(Chunk::from(bytes.clone()))]);
            received(intake, whole, &file.name).await
        }
        Bytes::In(path) => match opened(path).await {
            Ok(chunks) => received(intake, chunks, &file.name).await,
            Err(error) => Ok(Err(error.to_string())),
        },
    }
}

async fn opened(path: &Path) -> std::io::Result<impl Stream<Item = std::io::Result<Chunk>> + use<>> {
    Ok(ReaderStream::with_capacity(tokio::fs::File::open(path).await?, 256 * 1024))
}

async fn received<E: std::fmt::Display>(
    intake: &Intake,
    chunks: impl Stream<Item = Result<Chunk, E>>,
    name: &str,
) -> Result<Result<Taken, String>, Problem> {
    let received = match intake.storage.receive(chunks, intake.largest()).await {
        Ok(received) => received,
        Err(ReceiveError::Storage(error)) => return Err(Problem::unavailable(error)),
        Err(ReceiveError::TooLarge { limit }) => return Ok(Err(format!("larger than {limit} bytes"))),
        Err(ReceiveError::Interrupted(error)) => return Ok(Err(error.to_string())),
    };
    match intake.accept(&received, name).await {
        Ok(taken) => Ok(Ok(taken)),
        Err(problem) => match problem.code() {
            Code::PayloadTooLarge => Ok(Err("larger than files of its kind may be".to_owned())),
            Code::UnsupportedMediaType => Ok(Err("of a kind that the library does not take".to_owned())),
            Code::ValidationFailed => Ok(Err("damaged".to_owned())),
            _ => Err(problem),
        },
    }
}
