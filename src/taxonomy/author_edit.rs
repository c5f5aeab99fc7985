//! Authors get another name or an account, and two become one.

use actix_web::{
    HttpRequest, HttpResponse, delete, patch, post,
    web::{Data, Path},
};
use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, dsl::exists};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    authors::{Author, record},
    categories::named,
    merge::{MergeInput, in_order, name_taken},
    uses::{Used, refuse_used},
};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{
        Newsroom, Tx,
        schema::{authors, users},
    },
    http::{
        IfMatch, Item, Json, MergePatch, Problem,
        openapi::{ManageChange, ManageDelete, ManageMakeOf},
        reply, text,
    },
    text::fold_key,
};

/// What may be changed of an author.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a merge patch, which is read as a whole when it is merged")]
pub struct AuthorPatch {
    /// What readers see. Upper and lower case make no difference.
    #[schema(min_length = 1, max_length = 200, nullable = false, example = "Văn phòng UBND tỉnh")]
    name: Option<String>,
    /// The account of whoever signs so; null where there is none.
    user: Option<Uuid>,
}

/// What is written of an author.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AuthorWritten {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[serde(default)]
    user: Option<Uuid>,
}

/// Change an author: a JSON merge patch. A name is public at once, in every article that is signed so.
///
/// Needs the role `admin` on the whole site. A name that another author has is refused: the two can be merged.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "change_author",
    params(
        ("id" = Uuid, Path, description = "The author"),
        ("If-Match" = String, Header, description = "The entity tag of the author that is meant"),
    ),
    request_body(content = AuthorPatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The author as it then is", body = Item<Author>), ManageChange),
)]
#[patch("/authors/{id}")]
pub async fn change(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<AuthorPatch>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let author = newsroom
        .transaction(move |tx| {
            let author = lock(tx, &who, id, &expected)?;
            let user = author.user.as_ref().map(|user| user.id);
            let written = patch.apply(json!({ "name": author.name, "user": user }))?;
            edit(tx, who.at(tx.now), author, &written)
        })
        .await?;
    Ok(revised(&request, author))
}

/// Merge an author into another: every article that is signed so is signed by the other from then on, at once and in all
/// versions.
///
/// The name stays as one for the other. Needs the role `admin` on the whole site. It cannot be taken back.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "merge_author",
    params(("id" = Uuid, Path, description = "The author who goes")),
    request_body = MergeInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "The author who stays", body = Item<Author>), ManageMakeOf),
)]
#[post("/authors/{id}/merge")]
pub async fn merge(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Json(input): Json<MergeInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let author = newsroom
        .transaction(move |tx| {
            let there = in_order(id, input.into, |id| Ok(locked(tx.conn, id)?.map(|_| ())))?;
            there.of_what_goes()?;
            who.require_at(Permission::Vocabulary, None)?;
            there.of_what_stays()?;
            let (gone, stays) = (record(tx.conn, id)?, record(tx.conn, input.into)?);
            // What they have signed follows by triggers.
            diesel::update(authors::table.find(id)).set(authors::merged_into.eq(stays.id)).execute(tx.conn)?;
            let event = Event::AuthorMerged { name: &gone.name, into: stays.id, into_name: &stays.name };
            audit::record(tx.conn, id, who.at(tx.now).stamp(), &event)?;
            Ok(stays)
        })
        .await?;
    Ok(revised(&request, author))
}

/// Delete an author whom no article names, in the trash or anywhere.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "delete_author",
    params(
        ("id" = Uuid, Path, description = "The author"),
        ("If-Match" = String, Header, description = "The entity tag of the author that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Deleted"), ManageDelete),
)]
#[delete("/authors/{id}")]
pub async fn delete(
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    newsroom
        .transaction(move |tx| {
            let author = lock(tx, &who, id, &expected)?;
            refuse_used(tx.conn, Used::Author(id))?;
            diesel::delete(authors::table.find(id)).execute(tx.conn)?;
            audit::record(tx.conn, id, who.at(tx.now).stamp(), &Event::AuthorDeleted { name: &author.name })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Locks an author against whoever would sign something so meanwhile, if there is one who is not merged.
fn locked(conn: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, Problem> {
    let present = authors::table.find(id).filter(authors::merged_into.is_null());
    Ok(present.select(authors::id).for_update().first(conn).optional()?)
}

fn lock(tx: &mut Tx<'_>, who: &Principal, id: Uuid, expected: &IfMatch) -> Result<Author, Problem> {
    locked(tx.conn, id)?.ok_or_else(Problem::not_found)?;
    who.require_at(Permission::Vocabulary, None)?;
    let author = record(tx.conn, id)?;
    expected.met_by(&author.etag())?;
    Ok(author)
}

fn edit(tx: &mut Tx<'_>, by: By<'_>, author: Author, written: &AuthorWritten) -> Result<Author, Problem> {
    let (name, key) = (named(&written.name)?, fold_key(&written.name));
    let renamed = name != author.name;
    let linked = written.user != author.user.as_ref().map(|user| user.id);
    if !renamed && !linked {
        return Ok(author);
    }
    if renamed {
        refuse_taken(tx.conn, &author, &name, &key)?;
    }
    if linked && let Some(user) = written.user {
        let there: bool = diesel::select(exists(users::table.find(user))).get_result(tx.conn)?;
        if !there {
            return Err(Problem::invalid("/user", "unknown", text("unknown-user")));
        }
    }
    diesel::update(authors::table.find(author.id))
        .set((
            authors::name.eq(&name),
            authors::name_key.eq(&key),
            authors::user_id.eq(written.user),
            authors::revision.eq(author.revision + 1),
        ))
        .execute(tx.conn)?;
    let fields = [("name", renamed), ("user", linked)].into_iter().filter(|(_, changed)| *changed);
    let fields = fields.map(|(field, _)| field).collect();
    let event = Event::AuthorChanged { from: &author.name, to: &name, fields };
    audit::record(tx.conn, author.id, by.stamp(), &event)?;
    record(tx.conn, author.id)
}

/// Another author has this name. One that is a name for this very author makes room: nothing else may be meant by it.
fn refuse_taken(conn: &mut PgConnection, author: &Author, name: &str, key: &str) -> Result<(), Problem> {
    let holder: Option<(Uuid, Option<Uuid>)> = authors::table
        .filter(authors::name_key.eq(key))
        .filter(authors::id.ne(author.id))
        .select((authors::id, authors::merged_into))
        .for_update()
        .first(conn)
        .optional()?;
    match holder {
        None => Ok(()),
        Some((id, Some(into))) if into == author.id => {
            diesel::update(authors::table.find(id)).set(authors::name_key.eq(id.to_string())).execute(conn)?;
            Ok(())
        }
        Some((id, into)) => Err(name_taken(text("author-name-taken").with("name", name), into.unwrap_or(id))),
    }
}

fn revised(request: &HttpRequest, author: Author) -> HttpResponse {
    let etag = author.etag();
    reply::tagged(request, author, &etag)
}
