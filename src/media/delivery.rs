//! Sending files: to everyone while a live article uses them, else to whoever may read an article that does, or has a
//! link.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    get,
    http::{
        StatusCode,
        header::{self, ByteRangeSpec, EntityTag, Header, IfRange},
    },
    web::{Bytes, Data, Path},
};
use uuid::Uuid;

use super::{
    Kind, kind, link,
    name::content_disposition,
    rendition::{self, Format, Preset},
    storage::{Digest, Key, ReceiveError, Storage},
    store::{self, File},
    upload::{TURNS, problem, refusal},
    urls::kept_as,
};
use crate::{
    auth::{keys::Keys, layer::signed_in},
    db::{Delivery, Newsroom},
    http::{Code, ETag, Problem, openapi::PublicRead, text},
};

/// What is sent: the file itself or a rendition of it.
struct Wanted {
    key: Key,
    mime_type: String,
    file_name: String,
    rendition: Option<(Preset, Format)>,
}

/// A file, or a rendition of a picture.
///
/// Public while a live article uses it; else for a signed-in person who may read an article that does, and for whoever
/// has a link to it that is still good. A single range is honoured, several are answered with the whole.
#[utoipa::path(
    tag = "Media",
    operation_id = "download",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("name" = String, Path, description = "Its name, or a preset (`thumb`, `card`, `lead`, `share`) and `.webp` or `.jpg`"),
        ("v" = Option<String>, Query, description = "Makes the address change with the bytes; not looked at"),
        ("expires" = Option<i64>, Query, description = "Of a link to a file that is not public: until when it is good"),
        ("signature" = Option<String>, Query, description = "Of such a link: that we made it"),
    ),
    responses(
        (status = 200, description = "The file", body = String, content_type = "*/*"),
        (status = 206, description = "The range of it", body = String, content_type = "*/*"),
        (status = 304, description = "The client has it"),
        (status = 416, description = "The range begins behind its end", body = crate::http::problem::ProblemDocument,
            content_type = "application/problem+json"),
        PublicRead,
    ),
)]
#[get("/media/{id}/{name}")]
pub async fn download(
    request: HttpRequest,
    delivery: Data<Delivery>,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    storage: Data<Storage>,
    workshop: Data<Workshop>,
    path: Path<(Uuid, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = path.into_inner();
    let (file, caching) = match delivery.0.read(move |conn| store::public(conn, id)).await? {
        // It may be withdrawn at any moment, and then must be gone at once.
        Some(file) => (file, "public, no-cache"),
        None => (closed(&request, &newsroom, &keys, id).await?, "private, no-store"),
    };
    let wanted = Wanted::of(&file, &name).ok_or_else(Problem::not_found)?;
    if let Some((preset, format)) = wanted.rendition {
        workshop.ensure(&storage, &wanted.key, &file, preset, format).await?;
    }
    send(&request, &storage, &wanted, file.kind, caching).await
}

/// A file that is not public, for who has a link to it or may read an article that uses it. To others it is not there.
async fn closed(request: &HttpRequest, newsroom: &Newsroom, keys: &Keys, id: Uuid) -> Result<File, Problem> {
    if let Some(file) = link::followed(request, newsroom, keys, id).await? {
        return Ok(file);
    }
    let hidden = |problem: Problem| match problem.code() {
        Code::Unauthenticated | Code::Forbidden => Problem::not_found(),
        _ => problem,
    };
    let actor = signed_in(request).await.map_err(hidden)?;
    let found = newsroom.0.read(move |conn| store::find(conn, &actor, id)).await;
    Ok(found.map_err(hidden)?.into())
}

impl Wanted {
    fn of(file: &File, name: &str) -> Option<Self> {
        let digest = Digest::from(<[u8; 32]>::try_from(file.sha256.as_slice()).ok()?);
        let Some((preset, format)) = rendition::named(name).filter(|_| file.kind == Kind::Image) else {
            // The name is for people: a body may hold one from before the file was replaced.
            let (mime_type, file_name) = (kind::content_type(&file.mime_type), file.file_name.clone());
            return Some(Self { key: Key::content(digest), mime_type, file_name, rendition: None });
        };
        Some(Self {
            key: Key::rendition(digest, &kept_as(preset, format, file.focal)).ok()?,
            mime_type: format.mime().to_owned(),
            file_name: name.to_owned(),
            rendition: Some((preset, format)),
        })
    }

    fn etag(&self) -> ETag {
        ETag::of_bytes(self.key.to_string().as_bytes())
    }
}

async fn send(
    request: &HttpRequest,
    storage: &Storage,
    wanted: &Wanted,
    kind: Kind,
    caching: &str,
) -> Result<HttpResponse, Problem> {
    let etag = wanted.etag();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::ETAG, etag.to_string()))
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_TYPE, wanted.mime_type.as_str()))
        .insert_header((header::CONTENT_DISPOSITION, content_disposition(&wanted.file_name, kind == Kind::Document)))
        // Whatever a file may hold, opened by itself it can do nothing.
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    if etag.is_known_to(request) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let size = storage.size(&wanted.key).await.map_err(problem)?;
    let range = match requested(request, &etag, size) {
        Requested::Whole => None,
        Requested::Part(range) => Some(range),
        Requested::Unsatisfiable => {
            return Err(Problem::new(Code::RangeNotSatisfiable, text("range-not-satisfiable").with("size", size))
                .header(header::CONTENT_RANGE, &format!("bytes */{size}")));
        }
    };
    if let Some(range) = &range {
        let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        response.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, content_range));
    }
    let reading = storage.read(&wanted.key, range).await.map_err(problem)?;
    let length = reading.range.end - reading.range.start;
    Ok(response.body(SizedStream::new(length, reading.bytes)))
}

enum Requested {
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

/// What of `size` bytes is asked for (RFC 9110, sections 13.1.5 and 14.2).
fn requested(request: &HttpRequest, etag: &ETag, size: u64) -> Requested {
    if !request.headers().contains_key(header::RANGE) {
        return Requested::Whole;
    }
    if request.headers().contains_key(header::IF_RANGE) {
        // There are no dates to compare with: a date never matches.
        let current = EntityTag::new_strong(etag.opaque().to_owned());
        let same = matches!(IfRange::parse(request), Ok(IfRange::EntityTag(tag)) if tag.strong_eq(&current));
        if !same {
            return Requested::Whole;
        }
    }
    let ranges: Vec<ByteRangeSpec> = match header::Range::parse(request) {
        Ok(header::Range::Bytes(ranges)) => ranges,
        // A unit or form that is not understood is ignored.
        Ok(header::Range::Unregistered(..)) | Err(_) => return Requested::Whole,
    };
    match ranges.as_slice() {
        [only] => match only.to_satisfiable_range(size) {
            Some((first, last)) => Requested::Part(first..last + 1),
            None => Requested::Unsatisfiable,
        },
        _ => Requested::Whole,
    }
}

/// Where renditions are made: at the first request, once, however many ask.
#[derive(Default)]
pub struct Workshop {
    under_way: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

impl Workshop {
    async fn ensure(
        &self,
        storage: &Storage,
        key: &Key,
        file: &File,
        preset: Preset,
        format: Format,
    ) -> Result<(), Problem> {
        if storage.exists(key).await.map_err(problem)? {
            return Ok(());
        }
        let place = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(key.clone()).or_default())
        };
        let alone = place.lock().await;
        let made = match storage.exists(key).await.map_err(problem) {
            Ok(true) => Ok(()),
            Ok(false) => make(storage, key, file, preset, format).await,
            Err(problem) => Err(problem),
        };
        drop(alone);
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        made
    }
}

async fn make(storage: &Storage, key: &Key, file: &File, preset: Preset, format: Format) -> Result<(), Problem> {
    let reading = storage.read(&Key::content(*key.digest()), None).await.map_err(problem)?;
    let original = storage.receive(reading.bytes, u64::MAX).await.map_err(|error| match error {
        ReceiveError::Interrupted(error) | ReceiveError::Storage(error) => problem(error),
        ReceiveError::TooLarge { .. } => Problem::internal(error),
    })?;
    let _turn = TURNS.acquire().await.map_err(Problem::internal)?;
    let (path, focal) = (original.path().to_owned(), file.focal);
    let bytes = actix_web::web::block(move || rendition::render(&path, preset, format, focal))
        .await
        .map_err(Problem::internal)?
        .map_err(refusal)?;
    storage.keep_bytes(key, Bytes::from(bytes)).await.map_err(problem)
}
