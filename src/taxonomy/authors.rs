//! Authors ("Tác giả"): whom readers see as the writer. An author need not be a user.

use actix_web::{HttpRequest, HttpResponse, get, post, web::Data};
use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper, dsl::sql, sql_types,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    content::AuthorRef,
    db::{Newsroom, Tx, VIETNAMESE_ORDER, schema::authors},
    http::{
        Cursors, Item, Json, Links, List, Meta, Paging, Problem, Query,
        openapi::{ManageCreate, ManageList},
        paging, reply, text,
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

/// Authors, by name in Vietnamese order.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "list_managed_authors",
    params(Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of authors", body = List<AuthorRef>), ManageList),
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
    let mut authors = newsroom
        .read(move |conn| {
            let mut query = authors::table.select(AuthorRef::as_select()).into_boxed();
            if let Some((name, id)) = after {
                let beyond = sql::<sql_types::Bool>(&format!("({VIETNAMESE_ORDER}, id) > ("));
                let beyond = beyond.bind::<sql_types::Text, _>(name).sql(", ").bind::<sql_types::Uuid, _>(id).sql(")");
                query = query.filter(beyond);
            }
            Ok(query.order((sql::<sql_types::Text>(VIETNAMESE_ORDER), authors::id)).limit(limit + 1).load(conn)?)
        })
        .await?;
    let next = paging::cut(&mut authors, limit, |last| (last.name.clone(), last.id))
        .map(|key| reply::next_page(&request, &cursors.encode(LIST, &key)));
    Ok(reply::list(&List { data: authors, meta: Meta { limit, count: None }, links: Links { next } }))
}

/// Make an author, or find the one of this name.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "create_author",
    request_body = AuthorInput,
    security(("sign_in" = [])),
    responses(
        (status = 201, description = "Made", body = Item<AuthorRef>),
        (status = 200, description = "The one of this name, which was there", body = Item<AuthorRef>),
        ManageCreate,
    ),
)]
#[post("/authors")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<AuthorInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Authors)?;
    let (author, is_new) =
        newsroom.transaction(move |tx| found_or_made(tx, who.at(tx.now), &input.name, "/name")).await?;
    Ok(if is_new { reply::created("/api/v1/manage/authors", author, None) } else { reply::item(author) })
}

fn by_name(conn: &mut PgConnection, name: &str) -> Result<Option<AuthorRef>, Problem> {
    let same = authors::table.filter(authors::name_key.eq(fold_key(name)));
    Ok(same.select(AuthorRef::as_select()).first(conn).optional()?)
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

/// The author with this id.
pub fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<AuthorRef>, Problem> {
    Ok(authors::table.find(id).select(AuthorRef::as_select()).first(conn).optional()?)
}
