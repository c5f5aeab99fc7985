//! The trash: deleted articles wait here, whole, until somebody restores or purges them.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    model::{Article, Names},
    read,
    retention::Retention,
    write,
};
use crate::{
    access::{Permission, Principal},
    content::UserRef,
    db::{Newsroom, schema::articles},
    http::{
        Cursors, Item, Links, List, Meta, Paging, Problem, Query,
        openapi::{ManageList, ManageRead, ManageRemove},
        paging, reply,
    },
    newsroom::store,
    publication::standing::ever_public,
};

/// A deleted article.
#[derive(Serialize, ToSchema)]
#[schema(as = TrashedArticle)]
pub struct Trashed {
    /// The article.
    id: Uuid,
    /// Its title.
    #[schema(example = "Lịch tiếp công dân tháng 12")]
    title: Option<String>,
    /// Its slug, which stays its own.
    #[schema(example = "lich-tiep-cong-dan-thang-12")]
    slug: Option<String>,
    /// When it was deleted.
    deleted_at: DateTime<Utc>,
    /// By whom.
    deleted_by: UserRef,
    /// When it will be purged by itself; null where it stays until somebody purges it, or for good as it was public.
    purged_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = articles)]
struct Row {
    id: Uuid,
    title: Option<String>,
    slug: Option<String>,
    deleted_at: Option<DateTime<Utc>>,
    deleted_by: Option<Uuid>,
}

/// Deleted articles that the caller may read, the last deleted first.
#[utoipa::path(
    tag = "Articles",
    operation_id = "list_trash",
    params(Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of deleted articles", body = List<Trashed>), ManageList),
)]
#[get("/trash")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    retention: Data<Retention>,
    who: Principal,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    const LIST: &str = "manage/trash";
    let readable = who.readable()?;
    let after: Option<(DateTime<Utc>, Uuid)> = cursors.decode(LIST, page.cursor.as_deref())?;
    let limit = page.limit;
    let (mut rows, names, public) = newsroom
        .read(move |conn| {
            let mut query = readable.articles().filter(articles::deleted_at.is_not_null());
            if let Some((at, id)) = after {
                query = query
                    .filter(articles::deleted_at.le(at))
                    .filter(articles::deleted_at.assume_not_null().lt(at).or(articles::id.lt(id)));
            }
            let rows: Vec<Row> = query
                .order((articles::deleted_at.desc(), articles::id.desc()))
                .limit(limit + 1)
                .select(Row::as_select())
                .load(conn)?;
            let names = read::names(conn, std::iter::empty(), rows.iter().filter_map(|row| row.deleted_by))?;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let public = ever_public(conn, &ids)?;
            Ok((rows, names, public))
        })
        .await?;
    let next = paging::cut(&mut rows, limit, |last| (last.deleted_at, last.id))
        .map(|key| reply::next_page(&request, &cursors.encode(LIST, &key)));
    let end = |row: &Row| retention.end(row.deleted_at?, public.contains(&row.id));
    let data = rows.into_iter().filter_map(|row| Trashed::of(end(&row), row, &names)).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// Take an article out of the trash. It is not public until it is published again.
#[utoipa::path(
    tag = "Articles",
    operation_id = "restore_article",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageRead),
)]
#[post("/trash/{id}/restore")]
pub async fn restore(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let article = newsroom
        .transaction(move |tx| {
            let row = store::lock_discarded(tx, &who, id)?;
            who.require(Permission::Edit, row.subject())?;
            let case = write::restore(tx, who.at(tx.now), row)?;
            read::answer(tx.conn, tx.site, &who, case)
        })
        .await?;
    Ok(reply::tagged(&request, &article, &article.etag))
}

/// Delete an article for good, with its versions, history and slugs. Only an administrator may; and what was ever public is
/// kept (409), unless the service is set not to.
#[utoipa::path(
    tag = "Articles",
    operation_id = "purge_article",
    params(("id" = Uuid, Path, description = "The article")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Gone"), ManageRemove),
)]
#[delete("/trash/{id}")]
pub async fn purge(
    newsroom: Data<Newsroom>,
    retention: Data<Retention>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let (id, retention) = (id.into_inner(), **retention);
    newsroom
        .transaction(move |tx| {
            let row = store::lock_discarded(tx, &who, id)?;
            who.require(Permission::Purge, row.subject())?;
            retention.purge(tx, who.at(tx.now).stamp(), id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Trashed {
    fn of(purged_at: Option<DateTime<Utc>>, row: Row, names: &Names) -> Option<Self> {
        let Row { id, title, slug, deleted_at, deleted_by } = row;
        Some(Self { id, title, slug, deleted_at: deleted_at?, deleted_by: names.user(deleted_by?), purged_at })
    }
}
