//! Making previews, listing them, and ending them.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{Data, Path},
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::{ExpressionMethods, JoinOnDsl, PgConnection, QueryDsl, Queryable, RunQueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{
        Principal,
        keys::Keys,
        pass::{self, Pass},
    },
    audit::{self, Event},
    content::{Content, UserRef},
    db::{
        Newsroom, Tx,
        pool::clock,
        schema::{article_previews, users},
    },
    http::{
        All, Code, Item, OptionalJson, Problem,
        openapi::{ManageMakeOf, ManageRead},
        reply::{self, SiteUrl},
        text,
    },
    newsroom::{requirements, store},
    told_once::ToldOnce,
};

/// How long a preview is good for, if nobody says.
fn an_hour() -> i64 {
    3600
}

/// What is to be shown, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// The version; the one that the article is at now, where left out.
    #[schema(minimum = 1)]
    version: Option<i32>,
    /// For how many seconds: a day at most.
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    expires_in: i64,
}

/// A preview that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewLink {
    /// By which it is ended.
    id: Uuid,
    /// The version that it shows.
    #[schema(minimum = 1)]
    version: i32,
    /// Where: whoever has this sees the version. It is told this once.
    #[schema(value_type = String, format = Password, example = "/api/v1/preview/AZqy…")]
    url: ToldOnce,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// A preview that is good at the moment.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct Preview {
    /// By which it is ended.
    id: Uuid,
    /// The version that it shows.
    #[schema(minimum = 1)]
    version: i32,
    /// Who made it.
    made_by: UserRef,
    /// When.
    made_at: DateTime<Utc>,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
}

/// Make an address by which anyone may read one version of an article as if it were public, for a while.
///
/// It ends before its time when somebody ends it, when the article is thrown away, and when whoever made it may no longer
/// read the article. A version without title, category or type cannot be shown so.
#[utoipa::path(
    tag = "Articles",
    operation_id = "make_preview",
    params(("id" = Uuid, Path, description = "The article")),
    request_body = Option<PreviewInput>,
    security(("sign_in" = [])),
    responses((status = 201, description = "The preview", body = Item<PreviewLink>), ManageMakeOf),
)]
#[post("/articles/{id}/preview")]
pub async fn create(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    keys: Data<Keys>,
    who: Principal,
    id: Path<Uuid>,
    OptionalJson(input): OptionalJson<PreviewInput>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let make = move |tx: &mut Tx<'_>| {
        let row = store::readable(tx.conn, &who, id)?;
        let version = input.version.unwrap_or(row.current_version);
        showable(&content(tx, id, version)?)?;
        let expires_at = (tx.now + TimeDelta::seconds(input.expires_in)).trunc_subsecs(0);
        let by = who.at(tx.now);
        let pass = Pass::make(tx, by, id, version, expires_at)?;
        audit::record(tx.conn, id, by.stamp(), &Event::PreviewMade { version, expires_at })?;
        Ok((pass, version, expires_at))
    };
    let (pass, version, expires_at) = newsroom.transaction(make).await?;
    let url = SiteUrl::of(&request).link(format!("/api/v1/preview/{}", pass.token(&keys).reveal()));
    let location = url.clone();
    let link = PreviewLink { id: pass.id, version, expires_at, url: ToldOnce::new(url) };
    Ok(reply::created(&location, link, None))
}

/// What a version says.
fn content(tx: &mut Tx<'_>, article: Uuid, version: i32) -> Result<Content, Problem> {
    store::content(tx.conn, article, version).map_err(|problem| match problem.code() {
        // It was asked for in the body.
        Code::NotFound => Problem::invalid("/version", "unknown", text("unknown-version")),
        _ => problem,
    })
}

/// Refuses what a page for readers has no place for.
fn showable(content: &Content) -> Result<(), Problem> {
    const NEEDED: [&str; 3] = ["/title", "/category", "/article_type"];
    let mut missing = requirements::missing(content);
    missing.retain(|error| NEEDED.contains(&&*error.pointer));
    if missing.is_empty() { Ok(()) } else { Err(Problem::validation(missing)) }
}

/// The previews of an article that are good at the moment, the newest first.
#[utoipa::path(
    tag = "Articles",
    operation_id = "list_previews",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The previews, without their addresses", body = All<Preview>), ManageRead),
)]
#[get("/articles/{id}/preview")]
pub async fn list(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let data = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            good(conn, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(All { data }))
}

fn good(conn: &mut PgConnection, article: Uuid) -> Result<Vec<Preview>, Problem> {
    Ok(article_previews::table
        .inner_join(users::table.on(users::id.eq(article_previews::made_by)))
        .filter(article_previews::article_id.eq(article))
        .filter(article_previews::expires_at.gt(clock()))
        .filter(users::disabled_at.is_null())
        .order(article_previews::id.desc())
        .select((
            article_previews::id,
            article_previews::version,
            UserRef::as_select(),
            article_previews::made_at,
            article_previews::expires_at,
        ))
        .load(conn)?)
}

/// End all previews of an article.
#[utoipa::path(
    tag = "Articles",
    operation_id = "end_previews",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 204, description = "None is good any more"), ManageRead),
)]
#[delete("/articles/{id}/preview")]
pub async fn end_all(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    newsroom.transaction(move |tx| end(tx, &who, id, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End one preview.
#[utoipa::path(
    tag = "Articles",
    operation_id = "end_preview",
    params(("id" = Uuid, Path, description = "The article"), ("preview" = Uuid, Path, description = "The preview")),
    security(("sign_in" = [])),
    responses((status = 204, description = "It is good no more"), ManageRead),
)]
#[delete("/articles/{id}/preview/{preview}")]
pub async fn end_one(
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, preview) = path.into_inner();
    let ended = newsroom.transaction(move |tx| end(tx, &who, id, Some(preview))).await?;
    if ended == 0 {
        return Err(Problem::not_found());
    }
    Ok(HttpResponse::NoContent().finish())
}

fn end(tx: &mut Tx<'_>, who: &Principal, article: Uuid, one: Option<Uuid>) -> Result<usize, Problem> {
    store::readable(tx.conn, who, article)?;
    let ended = pass::end(tx, article, one)?;
    if ended > 0 {
        audit::record(tx.conn, article, who.at(tx.now).stamp(), &Event::PreviewEnded { previews: ended })?;
    }
    Ok(ended)
}
