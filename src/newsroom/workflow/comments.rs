//! What is said of an article beside its review, without deciding anything: by reviewers, by its author, by whoever reads it.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{By, Principal},
    audit::{self, Event},
    content::{KeyRef, UserRef},
    db::{
        Newsroom, Tx,
        schema::{api_keys, article_comments, users},
    },
    http::{
        Cursors, Item, Json, List, Paging, Problem, Query,
        openapi::{ManageMakeOf, ManageRead},
        reply, text,
    },
    newsroom::store,
};

/// A comment to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentInput {
    /// What is said: plain text.
    #[schema(min_length = 1, max_length = 2000, example = "Cần dẫn nguồn số liệu ở đoạn hai")]
    text: String,
}

/// A comment. It is never changed.
#[derive(Debug, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = article_comments)]
#[schema(as = ArticleComment)]
pub struct Comment {
    /// Its id.
    id: Uuid,
    /// What the article was at.
    #[schema(minimum = 1)]
    version: i32,
    /// What is said: plain text.
    #[schema(example = "Cần dẫn nguồn số liệu ở đoạn hai")]
    text: String,
    /// Who says it.
    #[diesel(embed)]
    author: UserRef,
    /// The key by which a program said it in their name; null where they did themselves.
    #[diesel(embed)]
    key: Option<KeyRef>,
    /// When.
    at: DateTime<Utc>,
}

/// Comments on an article, newest first. What was said with a transition is in its history.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "list_comments",
    params(("id" = Uuid, Path, description = "The article"), Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of comments", body = List<Comment>), ManageRead),
)]
#[get("/articles/{id}/comments")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    id: Path<Uuid>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let name = format!("comments {id}");
    let before: Option<(DateTime<Utc>, Uuid)> = cursors.decode(&name, page.cursor.as_deref())?;
    let limit = page.limit;
    let rows = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            comments(conn, id, before, limit + 1)
        })
        .await?;
    Ok(reply::page(&request, &cursors, &name, limit, rows, |last| (last.at, last.id)))
}

/// Say something of an article, without deciding anything. Whoever reads it may.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "comment_article",
    params(("id" = Uuid, Path, description = "The article")),
    request_body = CommentInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "The comment", body = Item<Comment>), ManageMakeOf),
)]
#[post("/articles/{id}/comments")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Json(input): Json<CommentInput>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let comment = newsroom
        .transaction(move |tx| {
            let row = store::readable(tx.conn, &who, id)?;
            let text = said(&input)?;
            add(tx, who.at(tx.now), id, row.current_version, text)
        })
        .await?;
    Ok(reply::created(&format!("/api/v1/manage/articles/{id}/comments"), comment, None))
}

fn said(input: &CommentInput) -> Result<&str, Problem> {
    let said = input.text.trim();
    if said.is_empty() {
        return Err(Problem::invalid("/text", "too_short", text("too-short").with("limit", 1)));
    }
    Ok(said)
}

/// Adds what somebody said of a version.
pub fn add(tx: &mut Tx<'_>, by: By<'_>, article: Uuid, version: i32, said: &str) -> Result<Comment, Problem> {
    let id = Uuid::now_v7();
    let stamp = by.stamp();
    diesel::insert_into(article_comments::table)
        .values((
            article_comments::id.eq(id),
            article_comments::article_id.eq(article),
            article_comments::version.eq(version),
            article_comments::text.eq(said),
            article_comments::author_id.eq(by.who.id),
            article_comments::key_id.eq(stamp.key),
            article_comments::at.eq(by.at),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, article, stamp, &Event::ArticleCommented { comment: id })?;
    Ok(whole().filter(article_comments::id.eq(id)).first(tx.conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn whole() -> _ {
    let comment: diesel::dsl::AsSelect<Comment, diesel::pg::Pg> = Comment::as_select();
    article_comments::table.inner_join(users::table).left_join(api_keys::table).select(comment)
}

fn comments(
    conn: &mut PgConnection,
    article: Uuid,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Comment>, Problem> {
    let of_article = whole().filter(article_comments::article_id.eq(article));
    let newest = of_article.order((article_comments::at.desc(), article_comments::id.desc())).limit(limit);
    Ok(match before {
        None => newest.load(conn)?,
        Some((at, id)) => newest
            .filter(article_comments::at.le(at))
            .filter(article_comments::at.lt(at).or(article_comments::id.lt(id)))
            .load(conn)?,
    })
}
