//! Making, reading, changing and deleting working copies.

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    patch, post,
    web::{Data, Path},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    acts,
    input::{ArticleChange, ArticleInput, ArticlePatch},
    model::Article,
    read,
    told::Told,
};
use crate::{
    access::{Permission, Principal},
    db::Newsroom,
    http::{
        IfMatch, Item, Json, Problem, Query,
        json::MAX_ARTICLE_BYTES,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageRead},
        reply::{self, SiteUrl},
    },
    media::intake::Intake,
};

/// How an article is deleted.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Deletion {
    /// Why a live article is taken from the public; required for one.
    #[schema(max_length = 2000)]
    #[param(max_length = 2000)]
    pub reason: Option<String>,
}

/// Write a new article. It starts as a draft and may be incomplete.
#[utoipa::path(
    tag = "Articles",
    operation_id = "create_article",
    request_body = ArticleInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Made; `ETag` and `Location` are set", body = Told), ManageCreate),
)]
#[post("/articles")]
pub async fn create(
    newsroom: Data<Newsroom>,
    intake: Data<Intake>,
    who: Principal,
    Json(mut input): Json<ArticleInput, MAX_ARTICLE_BYTES>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Create)?;
    let pasted = acts::pasted(&intake, &who, input.own.body.as_mut()).await?;
    let told = newsroom.transaction(move |tx| acts::create(tx, &who, pasted, input)).await?;
    let location = format!("/api/v1/manage/articles/{}", told.data.id);
    Ok(reply::created_as(&location, &told, Some(&told.data.etag)))
}

/// Read a working copy.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_managed_article",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The working copy", body = Item<Article>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/articles/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let site = SiteUrl::of(&request);
    let article = newsroom.read(move |conn| read::article(conn, &site, &who, id)).await?;
    Ok(reply::tagged(&request, &article, &article.etag))
}

/// Change an article: a JSON merge patch of its written form.
///
/// Makes a new version and returns the working copy to draft; the public keeps what is published. A patch that
/// changes nothing makes no version.
#[utoipa::path(
    tag = "Articles",
    operation_id = "edit_article",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = String, Header, description = "The entity tag of the copy that the edit is based on"),
    ),
    request_body(content = ArticlePatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Told), ManageChange),
)]
#[patch("/articles/{id}")]
pub async fn edit(
    newsroom: Data<Newsroom>,
    intake: Data<Intake>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    mut patch: ArticleChange,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let pasted = acts::pasted(&intake, &who, patch.string_mut("body")).await?;
    let told = newsroom.transaction(move |tx| acts::edit(tx, &who, id, &expected, pasted, patch)).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, told.data.etag.to_string())).json(told))
}

/// Move an article to the trash.
///
/// A live one needs a `reason` and the right to publish, and leaves the public at once.
#[utoipa::path(
    tag = "Articles",
    operation_id = "delete_article",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("If-Match" = String, Header, description = "The entity tag of the copy that is to go"),
        Deletion,
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "In the trash"), ManageDelete),
)]
#[delete("/articles/{id}")]
pub async fn delete(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    Query(deletion): Query<Deletion>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom.transaction(move |tx| acts::delete(tx, &who, id, &expected, deletion.reason.as_deref())).await?;
    Ok(HttpResponse::NoContent().finish())
}
