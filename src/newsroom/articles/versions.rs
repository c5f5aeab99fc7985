//! Versions: full snapshots, never changed.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
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
    http::{Item, Links, List, Meta, Paging, Problem, Query, cursor, openapi::ManageRead, paging, reply},
};

type Row = (i32, Value, Uuid, DateTime<Utc>);

/// An article's versions, newest first.
#[utoipa::path(
    tag = "Articles",
    operation_id = "versions",
    params(("id" = Uuid, Path, description = "The article"), Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of versions", body = List<Version>), ManageRead),
)]
#[get("/articles/{id}/versions")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let name = format!("versions {id}");
    let before: Option<i32> = page.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let limit = page.limit;
    let mut versions = newsroom
        .read(move |conn| {
            read::readable_row(conn, &who, id)?;
            let mut query = article_versions::table
                .filter(article_versions::article_id.eq(id))
                .order(article_versions::version.desc())
                .limit(limit + 1)
                .select(columns())
                .into_boxed();
            if let Some(before) = before {
                query = query.filter(article_versions::version.lt(before));
            }
            let rows: Vec<Row> = query.load(conn)?;
            views(conn, rows)
        })
        .await?;
    let next = paging::cut(&mut versions, limit, |last| last.version)
        .map(|key| reply::next_page(&request, &cursor::encode(&name, &key)));
    Ok(reply::list(&List { data: versions, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// One version.
#[utoipa::path(
    tag = "Articles",
    operation_id = "version",
    params(("id" = Uuid, Path, description = "The article"), ("n" = i32, Path, description = "The version's number")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The version", body = Item<Version>), ManageRead),
)]
#[get("/articles/{id}/versions/{n}")]
pub async fn show(newsroom: Data<Newsroom>, who: Principal, path: Path<(Uuid, i32)>) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let version = newsroom
        .read(move |conn| {
            read::readable_row(conn, &who, id)?;
            let row = article_versions::table.find((id, number)).select(columns()).first::<Row>(conn)?;
            views(conn, vec![row])?.pop().ok_or_else(Problem::not_found)
        })
        .await?;
    Ok(reply::item(version))
}

type Columns =
    (article_versions::version, article_versions::content, article_versions::edited_by, article_versions::edited_at);

fn columns() -> Columns {
    (article_versions::version, article_versions::content, article_versions::edited_by, article_versions::edited_at)
}

fn views(conn: &mut diesel::PgConnection, rows: Vec<Row>) -> Result<Vec<Version>, Problem> {
    let mut versions = Vec::with_capacity(rows.len());
    for (version, stored, edited_by, edited_at) in rows {
        versions.push((version, Content::from_stored(stored).map_err(Problem::internal)?, edited_by, edited_at));
    }
    let contents = versions.iter().map(|(_, content, _, _)| content);
    let names = read::names(conn, contents, versions.iter().map(|(_, _, user, _)| *user))?;
    let view = |(version, content, user, edited_at): &(i32, Content, Uuid, DateTime<Utc>)| Version {
        version: *version,
        edited_by: names.user(*user),
        edited_at: *edited_at,
        written: Written::of(content, &names),
    };
    Ok(versions.iter().map(view).collect())
}
