//! Reading an upload: a form with a file, streamed to the spool, and what is said of it.

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::description::{Description, FORM_FIELDS};
use crate::{
    http::{Code, Problem, text},
    media::{
        intake::accept::{Intake, Taken, problem, too_large},
        storage::ReceiveError,
    },
};

/// How many bytes all the fields of a form may have, the file apart.
const MAX_FIELDS: usize = 64 * 1024;

/// Takes the file in the field `file` of a multipart body, and what other fields say of it. Fields that mean nothing here
/// are passed over: browsers and libraries add some.
///
/// # Errors
/// `payload_too_large`, `unsupported_media_type` for what is not taken, `validation_failed` for what is damaged, lacks
/// such a field, has several, or describes it wrongly, `insufficient_storage`, `unavailable`.
pub async fn take(intake: &Intake, mut body: Multipart) -> Result<(Taken, Description), Problem> {
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
            let received = intake.storage.receive(field, intake.largest()).await.map_err(|error| match error {
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
    Ok((intake.accept(&received, &raw_name).await?, description))
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
