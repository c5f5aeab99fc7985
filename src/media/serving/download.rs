//! Sending files: to everyone while a live article uses them, else to whoever may read an article that does, or has a
//! link.

use std::{collections::BTreeMap, ops::Range};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    get,
    http::{
        StatusCode,
        header::{self, ByteRangeSpec, EntityTag, Header, HeaderName, HeaderValue, IfRange},
    },
    web::{Data, Path},
};
use url::form_urlencoded;
use utoipa::{
    IntoResponses,
    openapi::{Content, KnownFormat, ObjectBuilder, RefOr, Response, ResponseBuilder, SchemaFormat, Type},
};
use uuid::Uuid;

use super::{
    address::{Meant, parameter},
    link::Link,
    workshop::Workshop,
};
use crate::{
    access::{
        keys::Keys,
        layer::signed_in,
        pass::{Admitted, Pass},
    },
    db::{Delivery, Newsroom},
    http::{
        Answer, Code, ETag, Problem,
        answer::ToKeep,
        depends::{self, Depends},
        openapi::PublicRead,
        reply::SiteUrl,
        text,
    },
    media::{
        intake::{FileType, Kind, accept::problem, kind, name::content_disposition},
        library::{
            revisions::{self, File},
            store,
        },
        renditions::urls::{Named, kept_as},
        storage::{Digest, Key, Storage},
    },
};

/// It may be withdrawn at any moment, and then must be gone at once.
const PUBLIC: &str = "public, no-cache";

/// What only some may have.
const PRIVATE: &str = "private, no-store";

/// Public files up to this size are kept in memory while they are public, in bytes.
const KEPT: u64 = 1 << 20;

/// What is sent: the file itself or a rendition of it.
struct Sent {
    key: Key,
    mime_type: String,
    file_name: String,
    is_rendition: bool,
}

/// The answers that hold a file, or part of it, under each media type that one can have.
struct Bytes;

impl IntoResponses for Bytes {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        // What generators do not know by name they read as this one (RFC 2046, section 4.5.1), so it comes first.
        let any = "application/octet-stream";
        let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let content = Content::new(Some(ObjectBuilder::new().schema_type(Type::String).format(Some(bytes))));
        let answer = |description: &str| {
            let response = ResponseBuilder::new().description(description).content(any, content.clone());
            let each = |response: ResponseBuilder, of: &FileType| response.content(of.mime, content.clone());
            RefOr::T(FileType::ALL.iter().fold(response, each).build())
        };
        BTreeMap::from([("200".to_owned(), answer("The file")), ("206".to_owned(), answer("The range of it"))])
    }
}

/// A file, or a rendition of a picture.
///
/// Public while a live article uses it; else for a signed-in person who may read an article that does, and for whoever
/// has a link to it, or a preview of a version that shows it, that is still good. A file that is used by several articles may be public in several states, told
/// apart by `v`. A single range is honoured, several are answered with the whole.
#[utoipa::path(
    tag = "Media",
    operation_id = "get_file",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("name" = String, Path, description = "Its name, or a preset (`thumb`, `card`, `lead`, `share`) and `.webp` or `.jpg`"),
        ("v" = Option<String>, Query, description = "Which bytes are meant, as far as several are public; the newest, where left out"),
        ("expires" = Option<i64>, Query, description = "Of a link to a file that is not public: until when it is good"),
        ("revision" = Option<i32>, Query, description = "Of such a link: of which revision of the file it is"),
        ("by" = Option<Uuid>, Query, description = "Of such a link: who made it"),
        ("made" = Option<i64>, Query, description = "Of such a link: when, in microseconds"),
        ("of" = Option<String>, Query, description = "Of such a link: whether articles used the file then"),
        ("signature" = Option<String>, Query, description = "Of such a link: that we made it"),
        ("preview" = Option<String>, Query, description = "Of a file that a preview shows: the preview's token"),
    ),
    responses(
        Bytes,
        (status = 304, description = "The client has it"),
        (status = 308, description = "The file has another name, or other bytes by now; `Location` says where it is"),
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
    workshop: Data<Workshop>,
    path: Path<(Uuid, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = path.into_inner();
    let link = Link::of(&request, &keys, id)?;
    let pass = parameter(&request, "preview").map(|token| Pass::proven(&token, &keys).ok_or_else(Problem::not_found));
    let pass = pass.transpose()?;
    let version = parameter(&request, "v");
    let public = delivery.read(move |conn| revisions::public(conn, id)).await?;
    let meant = Meant::of(&public, &name, version.as_deref());
    if let Some(meant) = meant.as_ref().filter(|meant| meant.exactly) {
        return answer(&request, &workshop, meant, &name, PUBLIC).await;
    }
    // What it tells is not public: it may be there for somebody all the same.
    let seen = match (link, pass) {
        (Some(link), _) => link.follow(&newsroom).await?,
        (None, Some(pass)) => seen_in_preview(&newsroom, pass, id).await?,
        (None, None) => seen_by_caller(&request, &newsroom, id).await?,
    };
    if let Some(meant) = Meant::of(&seen, &name, version.as_deref()) {
        // A link says by itself of which revision it is, and so does a preview.
        let meant = Meant { exactly: meant.exactly || link.is_some() || pass.is_some(), ..meant };
        return answer(&request, &workshop, &meant, &name, PRIVATE).await;
    }
    let newest = meant.ok_or_else(Problem::not_found)?;
    answer(&request, &workshop, &newest, &name, PUBLIC).await
}

/// The file as the version shows it that a preview is of.
async fn seen_in_preview(newsroom: &Newsroom, pass: Pass, id: Uuid) -> Result<Vec<File>, Problem> {
    newsroom
        .read(move |conn| match pass.admitted(conn)? {
            Some(Admitted { article, version, .. }) => revisions::shown(conn, article, version, id),
            None => Ok(Vec::new()),
        })
        .await
}

/// The revisions of a file that is not public, for a signed-in person who may see it. To others there are none.
async fn seen_by_caller(request: &HttpRequest, newsroom: &Newsroom, id: Uuid) -> Result<Vec<File>, Problem> {
    let find = match signed_in(request).await {
        Ok((who, _)) => {
            newsroom
                .read(move |conn| {
                    store::find(conn, &who, id)?;
                    revisions::all(conn, id)
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match find {
        Err(problem) => match problem.code() {
            Code::Unauthenticated | Code::Forbidden | Code::TotpEnrolmentRequired | Code::NotFound => Ok(Vec::new()),
            _ => Err(problem),
        },
        found => found,
    }
}

/// Sends what is meant, or leads to its right address.
async fn answer(
    request: &HttpRequest,
    workshop: &Workshop,
    meant: &Meant<'_>,
    name: &str,
    caching: &'static str,
) -> Result<HttpResponse, Problem> {
    let (file, storage) = (meant.file, &workshop.storage);
    let right = file.address().right(meant.named).ok_or_else(Problem::not_found)?;
    if !meant.exactly || !meant.is_right() {
        let to = SiteUrl::of(request).link(with_other_parameters(request, &right));
        return Ok(HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, to))
            .insert_header((header::CACHE_CONTROL, caching))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .finish());
    }
    let sent = Sent::of(file, meant.named, name).ok_or_else(Problem::not_found)?;
    if sent.is_rendition {
        workshop.ensure(&sent.key, file).await?;
    }
    let size = storage.size(&sent.key).await.map_err(problem)?;
    let headers = sent.headers(file.kind, caching)?;
    if caching != PUBLIC || size > KEPT || request.headers().contains_key(header::RANGE) {
        return send(request, storage, &sent, size, headers).await;
    }
    let bytes = storage.read_whole(&sent.key).await.map_err(problem)?;
    let answer = Answer::file(headers, &sent.etag(), bytes, Depends::on([depends::Key::file(file.id)]))?;
    let mut response = answer.to(request).ok_or_else(|| Problem::internal("a file is in no form"))?;
    // Under its right address alone: others are without number.
    if request.uri().path_and_query().is_some_and(|target| target.as_str() == right) {
        response.extensions_mut().insert(ToKeep(answer));
    }
    Ok(response)
}

/// The address, with the parameters that the request has beside the version: those of a link.
fn with_other_parameters(request: &HttpRequest, address: &str) -> String {
    let mut others = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != "v") {
        others.append_pair(&name, &value);
    }
    let others = others.finish();
    if others.is_empty() { address.to_owned() } else { format!("{address}&{others}") }
}

impl Sent {
    fn of(file: &File, named: Named, name: &str) -> Option<Self> {
        let digest = Digest::from(<[u8; 32]>::try_from(file.sha256.as_slice()).ok()?);
        let Named::Rendition(preset, format) = named else {
            let (mime_type, file_name) = (kind::content_type(&file.mime_type), file.file_name.clone());
            return Some(Self { key: Key::content(digest), mime_type, file_name, is_rendition: false });
        };
        Some(Self {
            key: Key::rendition(digest, &kept_as(preset, format, file.focal())).ok()?,
            mime_type: format.mime().to_owned(),
            file_name: name.to_owned(),
            is_rendition: true,
        })
    }

    /// The headers of every answer with it, but for the tag.
    fn headers(&self, kind: Kind, caching: &'static str) -> Result<Vec<(HeaderName, HeaderValue)>, Problem> {
        let disposition = content_disposition(&self.file_name, kind == Kind::Document);
        let value = |text: &str| HeaderValue::from_str(text).map_err(Problem::internal);
        Ok(vec![
            (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
            (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
            (header::CONTENT_TYPE, value(&self.mime_type)?),
            (header::CONTENT_DISPOSITION, value(&disposition)?),
            // Whatever a file may hold, opened by itself it can do nothing.
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        ])
    }

    fn etag(&self) -> ETag {
        ETag::of_bytes(self.key.to_string().as_bytes())
    }
}

async fn send(
    request: &HttpRequest,
    storage: &Storage,
    sent: &Sent,
    size: u64,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> Result<HttpResponse, Problem> {
    let etag = sent.etag();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, etag.to_string()));
    for header in headers {
        response.insert_header(header);
    }
    if etag.is_known_to(request) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
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
    let reading = storage.read(&sent.key, range).await.map_err(problem)?;
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
