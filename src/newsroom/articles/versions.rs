//! Versions: full snapshots, never changed.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde_json::Value;
use uuid::Uuid;

use super::{
    model::{Version, Written},
    read,
};
use crate::{
    access::Principal,
    content::Content,
    db::{Newsroom, schema::article_versions},
    http::{
        Cursors, Item, Links, List, Meta, OrNotFound, Paging, Problem, Query,
        openapi::ManageRead,
        paging,
        reply::{self, SiteUrl},
    },
    media::library::revisions,
    newsroom::store,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = article_versions)]
struct Row {
    version: i32,
    content: Value,
    edited_by: Uuid,
    edited_at: DateTime<Utc>,
}

/// An article's versions, newest first.
#[utoipa::path(
    tag = "Articles",
    operation_id = "list_versions",
    params(("id" = Uuid, Path, description = "The article"), Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of versions", body = List<Version>), ManageRead),
)]
#[get("/articles/{id}/versions")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    id: Path<Uuid>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let name = format!("versions {id}");
    let before: Option<i32> = cursors.decode(&name, page.cursor.as_deref())?;
    let (limit, site) = (page.limit, SiteUrl::of(&request));
    let mut versions = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            let mut query = article_versions::table
                .filter(article_versions::article_id.eq(id))
                .order(article_versions::version.desc())
                .limit(limit + 1)
                .select(Row::as_select())
                .into_boxed();
            if let Some(before) = before {
                query = query.filter(article_versions::version.lt(before));
            }
            let rows = query.load(conn)?;
            answers(conn, &site, id, rows)
        })
        .await?;
    let next = paging::cut(&mut versions, limit, |last| last.version)
        .map(|key| reply::next_page(&request, &cursors.encode(&name, &key)));
    Ok(reply::list(&List { data: versions, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// One version.
#[utoipa::path(
    tag = "Articles",
    operation_id = "get_version",
    params(("id" = Uuid, Path, description = "The article"), ("n" = i32, Path, description = "The version's number")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The version", body = Item<Version>), ManageRead),
)]
#[get("/articles/{id}/versions/{n}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, i32)>,
) -> Result<HttpResponse, Problem> {
    let ((id, number), site) = (path.into_inner(), SiteUrl::of(&request));
    let version = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            let row = article_versions::table.find((id, number)).select(Row::as_select()).first(conn).or_not_found()?;
            answers(conn, &site, id, vec![row])?.pop().ok_or_else(Problem::not_found)
        })
        .await?;
    Ok(reply::item(version))
}

fn answers(conn: &mut PgConnection, site: &SiteUrl, article: Uuid, rows: Vec<Row>) -> Result<Vec<Version>, Problem> {
    let numbers: Vec<i32> = rows.iter().map(|row| row.version).collect();
    let mut files = revisions::of_versions(conn, article, &numbers)?;
    let mut versions = Vec::with_capacity(rows.len());
    for Row { version, content, edited_by, edited_at } in rows {
        versions.push((Content::from_stored(content).map_err(Problem::internal)?, version, edited_by, edited_at));
    }
    let contents = versions.iter().map(|(content, ..)| content);
    let names = read::names(conn, contents, versions.iter().map(|(.., edited_by, _)| *edited_by))?;
    let answer = |(content, version, edited_by, edited_at)| Version {
        version,
        edited_by: names.user(edited_by),
        edited_at,
        written: Written::of(content, &names),
        files: read::shown(files.remove(&version).unwrap_or_default(), site),
    };
    Ok(versions.into_iter().map(answer).collect())
}
