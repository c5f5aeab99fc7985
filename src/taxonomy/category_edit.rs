//! Changing the tree: a category gets another name, address or place, moves with all below it, or goes.

use actix_web::{
    HttpRequest, HttpResponse, delete, patch,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl,
    connection::SimpleConnection,
    dsl::{count_star, exists},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    categories::{Category, CategoryInput, by_id, claimed, named, parent},
    uses::{Used, refuse_used},
};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{
        Newsroom, Tx,
        schema::{categories, category_ancestors, role_grants, webhooks},
    },
    http::{
        IfMatch, Item, MergePatch, Problem,
        openapi::{ManageChange, ManageDelete},
        reply, text,
    },
};

/// What may be changed of a category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a merge patch, which is read as a category when it is merged")]
pub struct CategoryPatch {
    /// What readers see.
    #[schema(min_length = 1, max_length = 200, nullable = false, example = "Tin Chuyên Ngành")]
    name: Option<String>,
    /// Addresses with the former one are led on. Null makes one of the name.
    #[schema(max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "tin-chuyen-nganh")]
    slug: Option<String>,
    /// The category above, by slug or id; null puts it at the top. All below it move along.
    #[schema(max_length = 120)]
    parent: Option<String>,
    /// Its place among its siblings: lower ones come first, and those without one behind, by name.
    #[schema(minimum = 0, maximum = 100_000, example = 1)]
    position: Option<i32>,
}

/// Change a category: a JSON merge patch. What changes is public at once.
///
/// Needs the role `admin`, on the whole site or on the category; to move it, on the category above it as well.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "change_category",
    params(
        ("id" = Uuid, Path, description = "The category"),
        ("If-Match" = String, Header, description = "The entity tag of the category that is meant"),
    ),
    request_body(content = CategoryPatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The category as it then is", body = Item<Category>), ManageChange),
)]
#[patch("/categories/{id}")]
pub async fn change(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<CategoryPatch>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let category = newsroom
        .transaction(move |tx| {
            let current = lock(tx, &who, id, &expected)?;
            let Category { name, slug, parent, position, .. } = &current;
            let written = json!({ "name": name, "slug": slug, "parent": parent, "position": position });
            edit(tx, who.at(tx.now), current, &patch.apply(written)?)
        })
        .await?;
    let etag = category.etag();
    Ok(reply::tagged(&request, category, &etag))
}

/// Delete a category that nothing uses: no article, category below or grant.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "delete_category",
    params(
        ("id" = Uuid, Path, description = "The category"),
        ("If-Match" = String, Header, description = "The entity tag of the category that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Deleted"), ManageDelete),
)]
#[delete("/categories/{id}")]
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
            let category = lock(tx, &who, id, &expected)?;
            remove(tx, who.at(tx.now), &category)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A category that somebody may change. One at a time changes the tree: two who move at once could close a circle.
fn lock(tx: &mut Tx<'_>, who: &Principal, id: Uuid, expected: &IfMatch) -> Result<Category, Problem> {
    tx.conn.batch_execute("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE")?;
    let category = by_id(tx.conn, id)?;
    who.require_at(Permission::Categories, Some(id))?;
    expected.met_by(&category.etag())?;
    Ok(category)
}

fn edit(tx: &mut Tx<'_>, by: By<'_>, current: Category, input: &CategoryInput) -> Result<Category, Problem> {
    let id = current.id;
    let above = parent(tx.conn, input.parent.as_deref())?;
    let moves = above.as_ref().map(|above| &above.slug) != current.parent.as_ref();
    if moves {
        by.who.require_at(Permission::Categories, above.as_ref().map(|above| above.id))?;
        if let Some(above) = &above
            && is_below(tx.conn, above.id, id)?
        {
            return Err(Problem::invalid("/parent", "cycle", text("category-below-itself")));
        }
    }
    let name = named(&input.name)?;
    let slug = match input.slug.as_deref() {
        Some(slug) if slug == current.slug => current.slug.clone(),
        wanted => claimed(tx, id, &name, wanted)?.to_string(),
    };
    let changes = [
        ("name", name != current.name),
        ("slug", slug != current.slug),
        ("parent", moves),
        ("position", input.position != current.position),
    ];
    let fields: Vec<&str> = changes.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect();
    if fields.is_empty() {
        return Ok(current);
    }
    let revision = current.revision + 1;
    diesel::update(categories::table.find(id))
        .set((
            categories::name.eq(&name),
            categories::slug.eq(&slug),
            categories::parent_id.eq(above.as_ref().map(|above| above.id)),
            categories::position.eq(input.position),
            categories::revision.eq(revision),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::CategoryChanged { name: &name, slug: &slug, fields })?;
    Ok(Category { id, slug, name, parent: above.map(|above| above.slug), position: input.position, revision })
}

/// Whether this category is that one or below it.
fn is_below(conn: &mut PgConnection, this: Uuid, that: Uuid) -> Result<bool, Problem> {
    let link = category_ancestors::table.find((that, this)).select(category_ancestors::depth);
    Ok(link.first::<i32>(conn).optional()?.is_some())
}

fn remove(tx: &mut Tx<'_>, by: By<'_>, category: &Category) -> Result<(), Problem> {
    let id = category.id;
    refuse_used(tx.conn, Used::Category(id))?;
    let below: i64 = categories::table.filter(categories::parent_id.eq(id)).select(count_star()).first(tx.conn)?;
    let granted = role_grants::table.filter(role_grants::category_id.eq(id));
    let granted: bool = diesel::select(exists(granted)).get_result(tx.conn)?;
    if below > 0 || granted {
        let message = if below > 0 { text("category-holds-others") } else { text("category-granted") };
        return Err(Problem::conflict(message));
    }
    let followed = webhooks::table.filter(webhooks::category_id.eq(id));
    if diesel::select(exists(followed)).get_result(tx.conn)? {
        return Err(Problem::conflict(text("followed-by-webhook")));
    }
    diesel::delete(categories::table.find(id)).execute(tx.conn)?;
    let Category { name, slug, .. } = category;
    audit::record(tx.conn, id, by.stamp(), &Event::CategoryDeleted { name, slug })
}
