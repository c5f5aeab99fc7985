//! Authors ("Tác giả"): whom readers see as the writer. An author need not be a user.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl, Queryable,
    RunQueryDsl, SelectableHelper, dsl::sql, sql_types,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    content::{AuthorRef, UserRef},
    db::{
        Newsroom, Tx, VIETNAMESE_ORDER,
        schema::{authors, users},
    },
    http::{
        Cursors, ETag, Item, Json, List, OrNotFound, Paging, Problem, Query,
        openapi::{ManageCreate, ManageList, ManageRead},
        reply, text,
    },
    text::normal::{fold_key, plain},
};

/// An author to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorInput {
    /// What readers see. Upper and lower case make no difference.
    #[schema(min_length = 1, max_length = 200, example = "Văn phòng UBND tỉnh")]
    pub name: String,
}

/// An author as the newsroom keeps them.
#[derive(Serialize, ToSchema, Queryable)]
#[schema(as = AuthorRecord)]
pub struct Author {
    /// Never changes.
    pub id: Uuid,
    /// What readers see.
    #[schema(example = "Văn phòng UBND tỉnh")]
    pub name: String,
    /// The account of whoever signs so, if that is one person who has one.
    #[schema(example = json!(null))]
    pub user: Option<UserRef>,
    /// Moves with each change.
    #[serde(skip)]
    pub revision: i64,
}

impl Author {
    /// Moves with each change.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("author-{}", self.revision))
    }
}

/// Authors as they are answered; those that were merged into others are none.
macro_rules! answered {
    () => {
        authors::table
            .left_join(users::table.on(authors::user_id.eq(users::id.nullable())))
            .filter(authors::merged_into.is_null())
            .select((authors::id, authors::name, Option::<UserRef>::as_select(), authors::revision))
    };
}

/// Authors, by name in Vietnamese order.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "list_managed_authors",
    params(Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of authors", body = List<Author>), ManageList),
)]
#[get("/authors")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    const LIST: &str = "manage/authors";
    who.require_anywhere(Permission::Read)?;
    let after: Option<(String, Uuid)> = cursors.decode(LIST, page.cursor.as_deref())?;
    let limit = page.limit;
    let authors = newsroom
        .read(move |conn| {
            let mut query = answered!().into_boxed();
            if let Some((name, id)) = after {
                let beyond = sql::<sql_types::Bool>(&format!("(authors.{VIETNAMESE_ORDER}, authors.id) > ("));
                let beyond = beyond.bind::<sql_types::Text, _>(name).sql(", ").bind::<sql_types::Uuid, _>(id).sql(")");
                query = query.filter(beyond);
            }
            let by_name = sql::<sql_types::Text>("authors.").sql(VIETNAMESE_ORDER);
            Ok(query.order((by_name, authors::id)).limit(limit + 1).load::<Author>(conn)?)
        })
        .await?;
    Ok(reply::page(&request, &cursors, LIST, limit, authors, |last| (last.name.clone(), last.id)))
}

/// An author. The id of one who was merged into another is nobody's.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "get_author",
    params(("id" = Uuid, Path, description = "The author")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The author", body = Item<Author>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/authors/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let author = newsroom.read(move |conn| record(conn, id)).await?;
    let etag = author.etag();
    Ok(reply::tagged(&request, author, &etag))
}

/// The record of an author who was not merged into another.
///
/// # Errors
/// `not_found`.
pub fn record(conn: &mut PgConnection, id: Uuid) -> Result<Author, Problem> {
    answered!().filter(authors::id.eq(id)).first(conn).or_not_found()
}

/// Make an author, or find the one of this name.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "create_author",
    request_body = AuthorInput,
    security(("sign_in" = [])),
    responses(
        (status = 201, description = "Made", body = Item<Author>),
        (status = 200, description = "The one of this name, which was there", body = Item<Author>),
        ManageCreate,
    ),
)]
#[post("/authors")]
pub async fn create(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<AuthorInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Authors)?;
    let (author, is_new) = newsroom
        .transaction(move |tx| {
            let (author, is_new) = found_or_made(tx, who.at(tx.now), &input.name, "/name")?;
            Ok((record(tx.conn, author.id)?, is_new))
        })
        .await?;
    let (location, etag) = (format!("/api/v1/manage/authors/{}", author.id), author.etag());
    Ok(if is_new { reply::created(&location, author, Some(&etag)) } else { reply::tagged(&request, author, &etag) })
}

/// The author with this name, or who one of this name was merged into.
fn by_name(conn: &mut PgConnection, name: &str) -> Result<Option<AuthorRef>, Problem> {
    let same = authors::table.filter(authors::name_key.eq(fold_key(name)));
    let found = same.select((AuthorRef::as_select(), authors::merged_into)).first(conn).optional()?;
    found.map(|found| present(conn, found)).transpose()
}

/// An author, or who they were merged into.
fn present(conn: &mut PgConnection, found: (AuthorRef, Option<Uuid>)) -> Result<AuthorRef, Problem> {
    match found {
        (author, None) => Ok(author),
        (_, Some(into)) => Ok(authors::table.find(into).select(AuthorRef::as_select()).first(conn)?),
    }
}

/// The author of this name, made where there is none.
///
/// # Errors
/// `validation_failed` at `pointer` where nothing is left of the name.
pub fn find_or_make(tx: &mut Tx<'_>, by: By<'_>, name: &str, pointer: &str) -> Result<AuthorRef, Problem> {
    found_or_made(tx, by, name, pointer).map(|(author, _)| author)
}

/// The same, and whether it was made just now.
fn found_or_made(tx: &mut Tx<'_>, by: By<'_>, name: &str, pointer: &str) -> Result<(AuthorRef, bool), Problem> {
    let name = plain(name);
    if name.is_empty() {
        return Err(Problem::invalid(pointer, "too_short", text("too-short").with("limit", 1)));
    }
    let made: Option<AuthorRef> = diesel::insert_into(authors::table)
        .values((
            authors::id.eq(Uuid::now_v7()),
            authors::name.eq(&name),
            authors::name_key.eq(fold_key(&name)),
            authors::created_at.eq(by.at),
        ))
        .on_conflict(authors::name_key)
        .do_nothing()
        .returning(AuthorRef::as_returning())
        .get_result(tx.conn)
        .optional()?;
    if let Some(author) = made {
        audit::record(tx.conn, author.id, by.stamp(), &Event::AuthorCreated { name: &name })?;
        return Ok((author, true));
    }
    let there = by_name(tx.conn, &name)?.ok_or_else(|| Problem::internal("an author vanished"))?;
    Ok((there, false))
}

/// The author with this id, or who they were merged into.
pub fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<AuthorRef>, Problem> {
    let found =
        authors::table.find(id).select((AuthorRef::as_select(), authors::merged_into)).first(conn).optional()?;
    found.map(|found| present(conn, found)).transpose()
}

/// Whom these ids mean: those of authors who were merged into others, the others.
pub fn named(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, AuthorRef>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let present = diesel::alias!(authors as present);
    let (id, name) = (present.field(authors::id), present.field(authors::name));
    let rows: Vec<(AuthorRef, Option<Uuid>, Option<String>)> = authors::table
        .left_join(present.on(id.nullable().eq(authors::merged_into)))
        .filter(authors::id.eq_any(ids))
        .select((AuthorRef::as_select(), id.nullable(), name.nullable()))
        .load(conn)?;
    let meant = |(author, id, name): (AuthorRef, Option<Uuid>, Option<String>)| {
        let present = id.zip(name).map(|(id, name)| AuthorRef { id, name });
        (author.id, present.unwrap_or(author))
    };
    Ok(rows.into_iter().map(meant).collect())
}
