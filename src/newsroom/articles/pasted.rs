//! Pictures that came inside a body, as `data:` addresses: Word and Google Docs paste them so. They become files like those
//! that are uploaded, by the same rules, and the body shows them from there.
//!
//! Bytes are taken in before the transaction, like those of an upload, and recorded in it: a write that is refused leaves
//! no record, and what was kept for it is purged like any upload that was never recorded.

use std::{collections::HashSet, convert::Infallible};

use actix_web::web::Bytes;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use futures_util::stream;
use uuid::Uuid;

use super::told::{Removal, Uploaded};
use crate::{
    access::{By, Permission, Principal},
    db::{Tx, schema::media},
    http::{Code, Problem},
    media::{
        intake::{Intake, Kind, Taken},
        library::{description::Description, model::MediaRow, store},
        storage::ReceiveError,
    },
    text::{EMPTIED, data_address, pictures},
};

/// No more pictures are taken from one body.
const MAX_PICTURES: usize = 20;

/// What was pasted into a body.
#[derive(Clone, Default)]
pub struct Pasted {
    pictures: Vec<Picture>,
    refused: Vec<Removal>,
}

/// A picture that is kept, and the address that the body has for it until it is recorded.
#[derive(Clone)]
struct Picture {
    place: String,
    alt: String,
    taken: Taken,
}

impl Pasted {
    /// Takes the pictures out of a body. What is not taken is told, and loses its address.
    ///
    /// # Errors
    /// `insufficient_storage`, `unavailable`: what is wrong with a picture is told in the answer instead.
    pub async fn take(intake: &Intake, who: &Principal, body: &mut String) -> Result<Self, Problem> {
        let mut pasted = Self::default();
        let mut found = inside(body);
        // One address may be the beginning of another.
        found.sort_by_key(|(_, src, _)| std::cmp::Reverse(src.len()));
        let mut places = Vec::new();
        for (number, src, alt) in &found {
            let place = match pasted.picture(intake, who, *number, src, alt).await? {
                Some(place) => place,
                None => EMPTIED.to_owned(),
            };
            places.push((src, place));
        }
        for (src, place) in places {
            *body = body.replace(src.as_str(), &place);
        }
        pasted.pictures.reverse();
        Ok(pasted)
    }

    async fn picture(
        &mut self,
        intake: &Intake,
        who: &Principal,
        number: usize,
        src: &str,
        alt: &str,
    ) -> Result<Option<String>, Problem> {
        let taken = if number >= MAX_PICTURES {
            Err("too_many")
        } else if who.require_anywhere(Permission::Create).is_err() {
            Err("forbidden")
        } else {
            match data_address(src) {
                Some(bytes) => kept(intake, bytes).await?,
                None => Err("damaged"),
            }
        };
        match taken {
            Ok(taken) => {
                let place = format!("/media/{}/pasted", Uuid::now_v7());
                self.pictures.push(Picture { place: place.clone(), alt: alt.to_owned(), taken });
                Ok(Some(place))
            }
            Err(reason) => {
                self.refused.push(Removal::of_picture(src, reason));
                Ok(None)
            }
        }
    }

    /// Records the pictures and points the body at them. A picture that the same person has in the library already is
    /// that one: an editor that sends its body again makes no second.
    pub fn record(
        self,
        tx: &mut Tx<'_>,
        by: By<'_>,
        body: &mut String,
    ) -> Result<(Vec<Uploaded>, Vec<Removal>), Problem> {
        let mut uploaded = Vec::new();
        for Picture { place, alt, taken } in self.pictures {
            let known = media::table
                .filter(media::created_by.eq(by.who.id))
                .filter(media::sha256.eq(taken.digest.as_bytes().to_vec()))
                .filter(media::kind.eq(Kind::Image))
                .order(media::id)
                .select(MediaRow::as_select())
                .for_key_share()
                .first(tx.conn)
                .optional()?;
            let row = match known {
                Some(row) => row,
                None => {
                    let alt = crate::text::plain(&alt);
                    let says_something = !crate::text::is_blank(&alt) && alt.chars().count() <= 500;
                    store::add(
                        tx,
                        by,
                        taken,
                        Description { alt: says_something.then_some(alt), ..Description::default() },
                    )?
                }
            };
            let url = row.file().url();
            *body = body.replace(&place, &url);
            uploaded.push(Uploaded::of(row.id, url));
        }
        Ok((uploaded, self.refused))
    }
}

/// The `data:` addresses of a body's pictures, each once, as they stand there: its number, itself, and what is said of it.
fn inside(body: &str) -> Vec<(usize, String, String)> {
    if !body.contains("data:") && !body.contains("DATA:") {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let is_data = |src: &str| src.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) && src != EMPTIED;
    let found = pictures(body).into_iter().filter(|picture| is_data(&picture.src) && body.contains(&picture.src));
    let found = found.filter(|picture| seen.insert(picture.src.clone()));
    found.enumerate().map(|(number, picture)| (number, picture.src, picture.alt)).collect()
}

/// Takes the bytes in as an upload's, or says why not.
async fn kept(intake: &Intake, bytes: Vec<u8>) -> Result<Result<Taken, &'static str>, Problem> {
    let chunks = stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]);
    let received = match intake.storage.receive(chunks, intake.largest()).await {
        Ok(received) => received,
        Err(ReceiveError::Storage(error)) => return Err(Problem::unavailable(error)),
        Err(ReceiveError::TooLarge { .. }) => return Ok(Err("too_large")),
        Err(ReceiveError::Interrupted(never)) => match never {},
    };
    match intake.accept(&received, "anh-dan").await {
        Ok(taken) if taken.file_type.kind == Kind::Image => Ok(Ok(taken)),
        Ok(_) => Ok(Err("no_picture")),
        Err(problem) => match problem.code() {
            Code::PayloadTooLarge => Ok(Err("too_large")),
            Code::UnsupportedMediaType => Ok(Err("no_picture")),
            Code::ValidationFailed => Ok(Err("damaged")),
            _ => Err(problem),
        },
    }
}
