//! Reading versions, and making a new one of an earlier.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{Permission, Principal},
    content::Content,
    db::{Newsroom, schema::article_versions},
    http::{
        Cursors, IfMatch, Item, List, Paging, Problem, Query,
        openapi::{ManageChange, ManageRead},
        reply::{self, SiteUrl},
    },
    media::library::revisions,
    newsroom::{
        articles::{
            model::{Article, Version, Written},
            read, write,
        },
        store,
    },
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = article_versions)]
struct Row {
    version: i32,
    content: Value,
    edited_by: Uuid,
    edited_at: DateTime<Utc>,
    restored_from: Option<i32>,
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
    let versions = newsroom
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
    Ok(reply::page(&request, &cursors, &name, limit, versions, |last| last.version))
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
            numbered(conn, &site, id, &[number])?.pop().ok_or_else(Problem::not_found)
        })
        .await?;
    Ok(reply::item(version))
}

/// Make an earlier version the working copy again, as a new version.
///
/// It needs what writing the same by hand would: rights, and categories, authors and files that are there. All versions
/// between are kept. What is as it is now already makes no version.
#[utoipa::path(
    tag = "Articles",
    operation_id = "restore_version",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("n" = i32, Path, description = "The version's number"),
        ("If-Match" = String, Header, description = "The entity tag of the copy that it is to replace"),
    ),
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageChange),
)]
#[post("/articles/{id}/versions/{n}/restore")]
pub async fn restore(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, i32)>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let article = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, &who, id)?;
            let wanted = store::content(tx.conn, id, number)?;
            who.require(Permission::Edit, row.subject())?;
            store::check_current(tx, &row, &expected)?;
            let by = who.at(tx.now);
            let mut case = store::case(tx.conn, row, by.at)?;
            write::restore_version(tx, by, &mut case, number, &wanted)?;
            read::answer(tx.conn, tx.site, &who, case)
        })
        .await?;
    Ok(reply::tagged(&request, &article, &article.etag))
}

/// Those of these versions of an article that there are, in the order of their numbers. A fixed number of queries.
pub(super) fn numbered(
    conn: &mut PgConnection,
    site: &SiteUrl,
    article: Uuid,
    numbers: &[i32],
) -> Result<Vec<Version>, Problem> {
    let rows = article_versions::table
        .filter(article_versions::article_id.eq(article))
        .filter(article_versions::version.eq_any(numbers))
        .order(article_versions::version)
        .select(Row::as_select())
        .load(conn)?;
    answers(conn, site, article, rows)
}

fn answers(
    conn: &mut PgConnection,
    site: &SiteUrl,
    article: Uuid,
    mut rows: Vec<Row>,
) -> Result<Vec<Version>, Problem> {
    let numbers: Vec<i32> = rows.iter().map(|row| row.version).collect();
    let mut files = revisions::of_versions(conn, article, &numbers)?;
    let mut contents = Vec::with_capacity(rows.len());
    for row in &mut rows {
        contents.push(Content::from_stored(row.content.take()).map_err(Problem::internal)?);
    }
    let names = read::names(conn, contents.iter(), rows.iter().map(|row| row.edited_by))?;
    let answer = |(row, content): (Row, Content)| Version {
        version: row.version,
        edited_by: names.user(row.edited_by),
        edited_at: row.edited_at,
        restored_from: row.restored_from,
        written: Written::of(content, &names),
        files: read::shown(files.remove(&row.version).unwrap_or_default(), site),
    };
    Ok(rows.into_iter().zip(contents).map(answer).collect())
}
