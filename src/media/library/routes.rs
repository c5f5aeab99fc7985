//! The media library: uploading, describing, replacing and removing files.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post, put,
    web::{Data, Path},
};
use diesel::PgConnection;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    description::Description,
    model::{Media, MediaRow},
    store, upload,
    uses::{self, Uses},
};
use crate::media::intake::{Intake, Kind};
use crate::{
    access::{Permission, Principal},
    db::Newsroom,
    http::{
        Cursors, IfMatch, Item, Links, List, MergePatch, Meta, Problem, Query,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageList, ManageRead},
        paging,
        reply::{self, SiteUrl},
        text,
    },
};

/// A file to upload, and what is said of it. Other fields are passed over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a multipart body, which is read as a stream")]
pub struct Upload {
    /// The file. What it is decides its content, not its name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// What it is called in the library.
    #[schema(max_length = 300, nullable = false)]
    title: Option<String>,
    /// What a picture shows, for those who do not see it.
    #[schema(max_length = 500, nullable = false)]
    alt: Option<String>,
    /// The line beneath it.
    #[schema(max_length = 500, nullable = false)]
    caption: Option<String>,
    /// Whose work it is.
    #[schema(max_length = 200, nullable = false)]
    credit: Option<String>,
    /// Under what terms it may be used.
    #[schema(max_length = 200, nullable = false)]
    licence: Option<String>,
}

/// Bytes in place of others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a multipart body, which is read as a stream")]
pub struct Replacement {
    /// The file, of the same kind as the one before.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Which files, and which page of them.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MediaFilter {
    /// Of this kind.
    #[param(inline)]
    kind: Option<Kind>,
    /// That nothing uses (true), or that something does (false): an article, in the trash too, what is published, or a
    /// version that could be restored. What nothing uses is purged after a while.
    unused: Option<bool>,
    /// With all these words, or parts of words, in the name, title, alternative text or caption; marks and capitals make no
    /// difference.
    #[schema(min_length = 1, max_length = 200)]
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    cursor: Option<String>,
}

/// Upload a file. It is not public until a live article uses it.
#[utoipa::path(
    tag = "Media",
    operation_id = "upload_media",
    request_body(content = Upload, content_type = "multipart/form-data"),
    security(("sign_in" = [])),
    responses((status = 201, description = "Kept", body = Item<Media>), ManageCreate),
)]
#[post("/media")]
pub async fn create(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    intake: Data<Intake>,
    who: Principal,
    body: Multipart,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Create)?;
    let (taken, said) = upload::take(&intake, body).await?;
    let row = newsroom.transaction(move |tx| store::add(tx, who.at(tx.now), taken, said)).await?;
    let (location, etag) = (format!("/api/v1/manage/media/{}", row.id), row.etag());
    Ok(reply::created(&location, Media::of(row, &SiteUrl::of(&request)), Some(&etag)))
}

/// Files that the caller may see, the newest first.
#[utoipa::path(
    tag = "Media",
    operation_id = "list_media",
    params(MediaFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of files", body = List<Media>), ManageList),
)]
#[get("/media")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<MediaFilter>,
) -> Result<HttpResponse, Problem> {
    let name = format!("media {:?}", (filter.kind, filter.unused, &filter.q));
    let before: Option<Uuid> = cursors.decode(&name, filter.cursor.as_deref())?;
    let limit = filter.limit;
    let find = move |conn: &mut PgConnection| {
        store::list(conn, store::visible_to(&who)?, filter.kind, filter.unused, filter.q.as_deref(), before, limit + 1)
    };
    let mut rows = newsroom.read(find).await?;
    let next = paging::cut(&mut rows, limit, |last| last.id)
        .map(|key| reply::next_page(&request, &cursors.encode(&name, &key)));
    let site = SiteUrl::of(&request);
    let data = rows.into_iter().map(|row| Media::of(row, &site)).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// What is known of a file.
#[utoipa::path(
    tag = "Media",
    operation_id = "get_media",
    params(("id" = Uuid, Path, description = "The file")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The record", body = Item<Media>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/media/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row = newsroom.read(move |conn| store::find(conn, &who, id)).await?;
    Ok(revised(&request, row))
}

/// Where a file is used. Articles that the caller may not read are counted and not named.
#[utoipa::path(
    tag = "Media",
    operation_id = "list_media_uses",
    params(("id" = Uuid, Path, description = "The file")),
    security(("sign_in" = [])),
    responses((status = 200, description = "Every use", body = Uses), ManageRead),
)]
#[get("/media/{id}/uses")]
pub async fn used_by(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let uses = newsroom
        .read(move |conn| {
            store::find(conn, &who, id)?;
            uses::of(conn, &who, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(uses))
}

/// Change what is said of a file: a JSON merge patch.
#[utoipa::path(
    tag = "Media",
    operation_id = "describe_media",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("If-Match" = String, Header, description = "The entity tag of the record that is meant"),
    ),
    request_body(content = Description, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The record as it then is", body = Item<Media>), ManageChange),
)]
#[patch("/media/{id}")]
pub async fn describe(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<Description>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id, &expected)?;
            let description = patch.apply::<Description>(json!(Description::of(&row)))?.plain()?;
            if description.focal_point.is_some() && row.kind != Kind::Image {
                let message = text("wrong-media-kind").with("wanted", "image");
                return Err(Problem::invalid("/focal_point", "wrong_kind", message));
            }
            store::describe(tx, who.at(tx.now), &row, description)
        })
        .await?;
    Ok(revised(&request, row))
}

/// Replace the bytes of a file by others of the same kind.
///
/// Its address changes. Articles follow with their next version: an edit, or `submit`, takes the new bytes over; what is
/// approved or public stays as it is.
#[utoipa::path(
    tag = "Media",
    operation_id = "replace_media",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("If-Match" = String, Header, description = "The entity tag of the record that is meant"),
    ),
    request_body(content = Replacement, content_type = "multipart/form-data"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The record as it then is", body = Item<Media>), ManageChange),
)]
#[put("/media/{id}/file")]
pub async fn replace(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    intake: Data<Intake>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    body: Multipart,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::Create)?;
    expected.required()?;
    let (taken, _) = upload::take(&intake, body).await?;
    let row = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id, &expected)?;
            store::replace(tx, who.at(tx.now), &row, taken)
        })
        .await?;
    Ok(revised(&request, row))
}

/// Remove a file from the library. One that is used is refused, with every use.
#[utoipa::path(
    tag = "Media",
    operation_id = "delete_media",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("If-Match" = String, Header, description = "The entity tag of the record that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Removed"), ManageDelete),
)]
#[delete("/media/{id}")]
pub async fn remove(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            store::lock(tx, &who, id, &expected)?;
            let uses = uses::of(tx.conn, &who, id)?;
            if !uses.is_empty() {
                let problem = Problem::conflict(text("media-used")).with_member("uses", json!(uses.data));
                return Err(problem.with_member("hidden_uses", uses.meta.hidden));
            }
            store::remove(tx, who.at(tx.now), id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn revised(request: &HttpRequest, row: MediaRow) -> HttpResponse {
    let etag = row.etag();
    reply::tagged(request, Media::of(row, &SiteUrl::of(request)), &etag)
}
