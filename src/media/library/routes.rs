//! The media library: uploading, describing, replacing and removing files.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post, put,
    web::{Data, Path},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper, TextExpressionMethods, dsl::not};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    description::Description,
    model::{Media, MediaRow},
    store, upload,
    uses::{self, Use},
};
use crate::media::intake::{Intake, Kind};
use crate::{
    access::{Actor, Permission},
    audit,
    db::{Newsroom, schema::media},
    http::{
        All, FieldError, IfMatch, Item, Links, List, MergePatch, Meta, Problem, Query, cursor,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageList, ManageRead},
        paging,
        reply::{self, SiteUrl},
        text,
    },
};

diesel::define_sql_function! {
    /// A text without marks and capitals, as `media.folded` has it.
    fn media_folded(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

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
pub struct Wanted {
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
    actor: Actor,
    body: Multipart,
) -> Result<HttpResponse, Problem> {
    actor.require_anywhere(Permission::Create)?;
    let (taken, said) = upload::take(&intake, body).await?;
    let row = newsroom
        .transaction(move |tx| {
            let row = store::add(tx, &actor, taken, said)?;
            audit::record(tx, "media.created", row.id, Some(actor.id), json!({ "file_name": row.file_name }))?;
            Ok(row)
        })
        .await?;
    let (location, etag) = (format!("/api/v1/manage/media/{}", row.id), row.etag());
    Ok(reply::created(&location, Media::of(row, &SiteUrl::of(&request)), Some(&etag)))
}

/// Files that the caller may see, the newest first.
#[utoipa::path(
    tag = "Media",
    operation_id = "media",
    params(Wanted),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of files", body = List<Media>), ManageList),
)]
#[get("/media")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let name = format!("media {:?}", (wanted.kind, wanted.unused, &wanted.q));
    let before: Option<Uuid> = wanted.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let limit = wanted.limit;
    let mut query = store::visible_to(&actor)?.order(media::id.desc()).limit(limit + 1);
    if let Some(kind) = wanted.kind {
        query = query.filter(media::kind.eq(kind));
    }
    match wanted.unused {
        Some(true) => query = query.filter(uses::unused()),
        Some(false) => query = query.filter(not(uses::unused())),
        None => {}
    }
    for word in wanted.q.iter().flat_map(|q| q.split_whitespace()) {
        let word = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query = query.filter(media::folded.like(media_folded(format!("%{word}%"))));
    }
    if let Some(before) = before {
        query = query.filter(media::id.lt(before));
    }
    let mut rows: Vec<MediaRow> =
        newsroom.read(move |conn| Ok(query.select(MediaRow::as_select()).load(conn)?)).await?;
    let next = paging::cut(&mut rows, limit, |last| last.id)
        .map(|key| reply::next_page(&request, &cursor::encode(&name, &key)));
    let site = SiteUrl::of(&request);
    let data = rows.into_iter().map(|row| Media::of(row, &site)).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// What is known of a file.
#[utoipa::path(
    tag = "Media",
    operation_id = "media_file",
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
    actor: Actor,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row = newsroom.read(move |conn| store::find(conn, &actor, id)).await?;
    Ok(revised(&request, row))
}

/// Where a file is used.
#[utoipa::path(
    tag = "Media",
    operation_id = "media_uses",
    params(("id" = Uuid, Path, description = "The file")),
    security(("sign_in" = [])),
    responses((status = 200, description = "Every use", body = All<Use>), ManageRead),
)]
#[get("/media/{id}/uses")]
pub async fn used_by(newsroom: Data<Newsroom>, actor: Actor, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let uses = newsroom
        .read(move |conn| {
            store::find(conn, &actor, id)?;
            uses::of(conn, id)
        })
        .await?;
    Ok(reply::item(uses))
}

/// Change what is said of a file: a JSON merge patch.
#[utoipa::path(
    tag = "Media",
    operation_id = "describe_media",
    params(
        ("id" = Uuid, Path, description = "The file"),
        ("If-Match" = String, Header, description = "The entity tag of the record that is meant"),
    ),
    request_body(content(
        (Description = "application/merge-patch+json"),
        (Description = "application/json"),
    )),
    security(("sign_in" = [])),
    responses((status = 200, description = "The record as it then is", body = Item<Media>), ManageChange),
)]
#[patch("/media/{id}")]
pub async fn describe(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    actor: Actor,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<Description>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &actor, id, &expected)?;
            let description = patch.apply::<Description>(json!(Description::of(&row)))?.plain()?;
            if description.focal_point.is_some() && row.kind != Kind::Image {
                let message = text("wrong-media-kind").with("wanted", "image");
                return Err(Problem::validation(vec![FieldError::new("/focal_point", "wrong_kind", message)]));
            }
            let row = diesel::update(media::table.find(id))
                .set((
                    media::title.eq(description.title),
                    media::alt.eq(description.alt),
                    media::caption.eq(description.caption),
                    media::credit.eq(description.credit),
                    media::licence.eq(description.licence),
                    media::focal_x.eq(description.focal_point.map(|point| point.x)),
                    media::focal_y.eq(description.focal_point.map(|point| point.y)),
                    media::revision.eq(row.revision + 1),
                    media::updated_at.eq(tx.now),
                    media::unused_since.eq(row.unused_since.map(|_| tx.now)),
                ))
                .returning(MediaRow::as_returning())
                .get_result(tx.conn)?;
            audit::record(tx, "media.described", id, Some(actor.id), json!({}))?;
            Ok(row)
        })
        .await?;
    Ok(revised(&request, row))
}

/// Replace the bytes of a file by others of the same kind. Its address changes; whatever uses it follows at once.
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
    actor: Actor,
    id: Path<Uuid>,
    expected: IfMatch,
    body: Multipart,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    actor.require_anywhere(Permission::Create)?;
    expected.required()?;
    let (taken, _) = upload::take(&intake, body).await?;
    let row = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &actor, id, &expected)?;
            let row = store::replace(tx, &row, taken)?;
            audit::record(tx, "media.replaced", id, Some(actor.id), json!({ "revision": row.revision }))?;
            Ok(row)
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
    actor: Actor,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            store::lock(tx, &actor, id, &expected)?;
            let uses = uses::of(tx.conn, id)?;
            if !uses.is_empty() {
                return Err(Problem::conflict(text("media-used")).with_member("uses", json!(uses)));
            }
            // The bytes stay until they are purged: another record may hold the same ones.
            diesel::delete(media::table.find(id)).execute(tx.conn)?;
            audit::record(tx, "media.deleted", id, Some(actor.id), json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn revised(request: &HttpRequest, row: MediaRow) -> HttpResponse {
    let etag = row.etag();
    reply::tagged(request, Media::of(row, &SiteUrl::of(request)), &etag)
}
