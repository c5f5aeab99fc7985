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
    input::{ArticleChange, ArticleInput, ArticlePatch},
    model::Article,
    pasted::Pasted,
    read,
    told::{Outcome, Told},
    write,
};
use crate::{
    access::{By, Permission, Principal},
    db::{Newsroom, Tx},
    http::{
        IfMatch, Item, Json, Problem, Query,
        json::MAX_ARTICLE_BYTES,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageRead},
        reply::{self, SiteUrl},
    },
    media::intake::Intake,
    newsroom::{store, workflow::options},
    publication,
};

/// How an article is deleted.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Deletion {
    /// Why a live article is taken from the public; required for one.
    #[schema(max_length = 2000)]
    #[param(max_length = 2000)]
    reason: Option<String>,
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
    let pasted = pasted(&intake, &who, input.own.body.as_mut()).await?;
    let told = newsroom
        .transaction(move |tx| {
            let by = who.at(tx.now);
            let meta = tell(tx, by, pasted, input.own.body.as_mut())?;
            let case = write::create(tx, by, input)?;
            Ok(Told { data: read::answer(tx.conn, tx.site, &who, case)?, meta })
        })
        .await?;
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
    let pasted = pasted(&intake, &who, patch.string_mut("body")).await?;
    let told = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id)?;
            who.require(Permission::Edit, row.subject())?;
            store::check_current(tx, &row, &expected)?;
            let by = who.at(tx.now);
            let mut case = store::case(tx.conn, row, by.at)?;
            let meta = tell(tx, by, pasted, patch.string_mut("body"))?;
            write::edit(tx, by, &mut case, &patch)?;
            Ok(Told { data: read::answer(tx.conn, tx.site, &who, case)?, meta })
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, told.data.etag.to_string())).json(told))
}

/// Takes in the pictures inside a body.
async fn pasted(intake: &Intake, who: &Principal, body: Option<&mut String>) -> Result<Pasted, Problem> {
    match body {
        Some(body) => Pasted::take(intake, who, body).await,
        None => Ok(Pasted::default()),
    }
}

/// Records those pictures, and says what else becomes of the body.
fn tell(tx: &mut Tx<'_>, by: By<'_>, pasted: Pasted, body: Option<&mut String>) -> Result<Outcome, Problem> {
    let Some(body) = body else { return Ok(Outcome::default()) };
    let (uploaded, refused) = pasted.record(tx, by, body)?;
    Ok(Outcome::of(body, tx.players, uploaded, refused))
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
    newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id)?;
            who.require(Permission::Edit, row.subject())?;
            let by = who.at(tx.now);
            let standing = publication::standing(tx.conn, id, by.at)?;
            if standing.live.is_some() || standing.scheduled.is_some() {
                options::require_over_public(&who, &row, &standing)?;
            }
            store::check_current(tx, &row, &expected)?;
            write::discard(tx, by, row, &standing, deletion.reason.as_deref())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
