//! The vocabulary: which tags there are, other names for them, and two that become one.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    categories::named,
    merge::{MergeInput, in_order, name_taken},
    uses::{Used, refuse_used},
};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{Newsroom, Tx, schema::tags},
    http::{
        Cursors, ETag, IfMatch, Item, Json, List, MergePatch, OrNotFound, Paging, Problem, Query,
        openapi::{ManageChange, ManageDelete, ManageList, ManageMakeOf, ManageRead},
        reply, text,
    },
    text::fold_key,
};

/// A tag.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct Tag {
    /// Never changes.
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// What lists filter by. Never changes.
    #[diesel(sql_type = Text)]
    #[schema(example = "dan-van-kheo")]
    slug: String,
    /// What readers see.
    #[diesel(sql_type = Text)]
    #[schema(example = "Dân vận khéo")]
    name: String,
    /// Public articles that bear it.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0, example = 12)]
    article_count: i64,
    #[diesel(sql_type = BigInt)]
    #[serde(skip)]
    revision: i64,
}

impl Tag {
    fn etag(&self) -> ETag {
        ETag::new(format!("tag-{}", self.revision))
    }
}

/// What may be changed of a tag.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a merge patch, which is read as a whole when it is merged")]
pub struct TagPatch {
    /// What readers see. Upper and lower case make no difference; marks do.
    #[schema(min_length = 1, max_length = 80, nullable = false, example = "Dân vận khéo")]
    name: Option<String>,
}

/// What is written of a tag.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagInput {
    #[schema(min_length = 1, max_length = 80)]
    name: String,
}

/// All tags, by name in Vietnamese order, with the number of public articles that bear each.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "list_managed_tags",
    params(Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of tags", body = List<Tag>), ManageList),
)]
#[get("/tags")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    const LIST: &str = "manage/tags";
    who.require_anywhere(Permission::Read)?;
    let after: Option<(String, Uuid)> = cursors.decode(LIST, page.cursor.as_deref())?;
    let limit = page.limit;
    let tags = newsroom.read(move |conn| page_of(conn, after, limit + 1)).await?;
    Ok(reply::page(&request, &cursors, LIST, limit, tags, |last| (last.name.clone(), last.id)))
}

/// A tag. The id of one that was merged into another is nothing's.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "get_tag",
    params(("id" = Uuid, Path, description = "The tag")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The tag", body = Item<Tag>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/tags/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let tag = newsroom.read(move |conn| by_id(conn, id)).await?;
    Ok(revised(&request, tag))
}

/// Rename a tag: a JSON merge patch. The name is public at once, in every article that bears it.
///
/// Needs the role `admin` on the whole site. A name that another tag has is refused: the two can be merged.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "rename_tag",
    params(
        ("id" = Uuid, Path, description = "The tag"),
        ("If-Match" = String, Header, description = "The entity tag of the tag that is meant"),
    ),
    request_body(content = TagPatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The tag as it then is", body = Item<Tag>), ManageChange),
)]
#[patch("/tags/{id}")]
pub async fn rename(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<TagPatch>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let tag = newsroom
        .transaction(move |tx| {
            let tag = lock(tx, &who, id, &expected)?;
            let TagInput { name } = patch.apply(json!({ "name": tag.name }))?;
            give_name(tx, who.at(tx.now), tag, &name)
        })
        .await?;
    Ok(revised(&request, tag))
}

/// Merge a tag into another: every article that bears it bears the other from then on, at once and in all versions.
///
/// Its name and slug stay as names for the other. Needs the role `admin` on the whole site. It cannot be taken back.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "merge_tag",
    params(("id" = Uuid, Path, description = "The tag that goes")),
    request_body = MergeInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "The tag that stays", body = Item<Tag>), ManageMakeOf),
)]
#[post("/tags/{id}/merge")]
pub async fn merge(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    Json(input): Json<MergeInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let tag = newsroom
        .transaction(move |tx| {
            let there = in_order(id, input.into, |id| Ok(locked(tx.conn, id)?.map(|_| ())))?;
            there.of_what_goes()?;
            who.require_at(Permission::Vocabulary, None)?;
            there.of_what_stays()?;
            let (gone, stays) = (by_id(tx.conn, id)?, by_id(tx.conn, input.into)?);
            // What bears it follows by triggers.
            diesel::update(tags::table.find(id)).set(tags::merged_into.eq(stays.id)).execute(tx.conn)?;
            let event = Event::TagMerged { name: &gone.name, into: stays.id, into_name: &stays.name };
            audit::record(tx.conn, id, who.at(tx.now).stamp(), &event)?;
            by_id(tx.conn, stays.id)
        })
        .await?;
    Ok(revised(&request, tag))
}

/// Delete a tag that no article bears, in the trash or anywhere.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "delete_tag",
    params(
        ("id" = Uuid, Path, description = "The tag"),
        ("If-Match" = String, Header, description = "The entity tag of the tag that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Deleted"), ManageDelete),
)]
#[delete("/tags/{id}")]
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
            let tag = lock(tx, &who, id, &expected)?;
            refuse_used(tx.conn, Used::Tag(id))?;
            diesel::delete(tags::table.find(id)).execute(tx.conn)?;
            audit::record(tx.conn, id, who.at(tx.now).stamp(), &Event::TagDeleted { name: &tag.name })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A tag as it is answered; its number as `delivery.counts` has it, which counts all facets at once.
macro_rules! tags {
    ($from:literal) => {
        concat!(
            "SELECT t.id, t.slug, t.name, t.revision, (SELECT coalesce(sum(n.articles), 0)::bigint FROM (\
                SELECT articles FROM published_counts WHERE facet = 'tag' AND value = t.id::text UNION ALL \
                SELECT articles FROM published_count_changes \
                 WHERE facet = 'tag' AND value = t.id::text AND at <= delivery.clock()) n) AS article_count FROM ",
            $from
        )
    };
}

fn page_of(conn: &mut PgConnection, after: Option<(String, Uuid)>, limit: i64) -> Result<Vec<Tag>, Problem> {
    let (name, id) = after.unzip();
    let page = sql_query(tags!(
        "(SELECT * FROM tags \
           WHERE merged_into IS NULL AND ($1 IS NULL OR (name COLLATE \"vi-x-icu\", id) > ($1, $2)) \
           ORDER BY name COLLATE \"vi-x-icu\", id LIMIT $3) t ORDER BY t.name COLLATE \"vi-x-icu\", t.id"
    ));
    let page = page.bind::<Nullable<Text>, _>(name).bind::<Nullable<SqlUuid>, _>(id);
    Ok(page.bind::<BigInt, _>(limit).load(conn)?)
}

fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Tag, Problem> {
    let one = sql_query(tags!("tags t WHERE t.id = $1 AND t.merged_into IS NULL")).bind::<SqlUuid, _>(id);
    one.get_result(conn).or_not_found()
}

/// Locks a tag against whoever would file something under it meanwhile, if there is one that is not merged.
fn locked(conn: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, Problem> {
    let present = tags::table.find(id).filter(tags::merged_into.is_null());
    Ok(present.select(tags::id).for_update().first(conn).optional()?)
}

fn lock(tx: &mut Tx<'_>, who: &Principal, id: Uuid, expected: &IfMatch) -> Result<Tag, Problem> {
    locked(tx.conn, id)?.ok_or_else(Problem::not_found)?;
    who.require_at(Permission::Vocabulary, None)?;
    let tag = by_id(tx.conn, id)?;
    expected.met_by(&tag.etag())?;
    Ok(tag)
}

fn give_name(tx: &mut Tx<'_>, by: By<'_>, tag: Tag, name: &str) -> Result<Tag, Problem> {
    let (name, key) = (named(name)?, fold_key(name));
    if name == tag.name {
        return Ok(tag);
    }
    refuse_taken(tx.conn, &tag, &name, &key)?;
    diesel::update(tags::table.find(tag.id))
        .set((tags::name.eq(&name), tags::name_key.eq(key), tags::revision.eq(tag.revision + 1)))
        .execute(tx.conn)?;
    audit::record(tx.conn, tag.id, by.stamp(), &Event::TagRenamed { from: &tag.name, to: &name })?;
    by_id(tx.conn, tag.id)
}

/// Another tag has this name. One that is a name for this very tag makes room: nothing else may be meant by it.
fn refuse_taken(conn: &mut PgConnection, tag: &Tag, name: &str, key: &str) -> Result<(), Problem> {
    let holder: Option<(Uuid, Option<Uuid>)> = tags::table
        .filter(tags::name_key.eq(key))
        .filter(tags::id.ne(tag.id))
        .select((tags::id, tags::merged_into))
        .for_update()
        .first(conn)
        .optional()?;
    match holder {
        None => Ok(()),
        Some((id, Some(into))) if into == tag.id => {
            diesel::update(tags::table.find(id)).set(tags::name_key.eq(id.to_string())).execute(conn)?;
            Ok(())
        }
        Some((id, into)) => Err(name_taken(text("tag-name-taken").with("name", name), into.unwrap_or(id))),
    }
}

fn revised(request: &HttpRequest, tag: Tag) -> HttpResponse {
    let etag = tag.etag();
    reply::tagged(request, tag, &etag)
}
