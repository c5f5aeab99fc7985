//! Categories ("Phân loại"): a tree; each article is in one.

use actix_web::{HttpResponse, get, post, web::Data};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl, Queryable,
    RunQueryDsl, SelectableHelper, dsl::sql, sql_types,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::slugs::{self, Of, Wanted};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    content::CategoryRef,
    db::{Newsroom, Tx, VIETNAMESE_ORDER, schema::categories},
    http::{
        All, Item, Json, Problem,
        openapi::{ManageCreate, ManageList},
        reply, text,
    },
    text::{normal::plain, slug::Slug},
};

/// A category and its place in the tree.
#[derive(Serialize, ToSchema, Queryable)]
pub struct Category {
    /// Never changes.
    pub id: Uuid,
    /// Unique among categories.
    #[schema(example = "tin-chuyen-nganh")]
    pub slug: String,
    /// What readers see.
    #[schema(example = "Tin Chuyên Ngành")]
    pub name: String,
    /// The slug of the category above; null at the top.
    #[schema(example = json!(null))]
    pub parent: Option<String>,
}

/// A category to make.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryInput {
    /// What readers see.
    #[schema(min_length = 1, max_length = 200, example = "Tin Chuyên Ngành")]
    pub name: String,
    /// Made from the name where left out.
    #[serde(default)]
    #[schema(max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "tin-chuyen-nganh")]
    pub slug: Option<String>,
    /// The category above, by slug or id; at the top where left out.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub parent: Option<String>,
}

/// The whole tree, by name in Vietnamese order.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "list_managed_categories",
    security(("sign_in" = [])),
    responses((status = 200, description = "All categories", body = All<Category>), ManageList),
)]
#[get("/categories")]
pub async fn list(newsroom: Data<Newsroom>, who: Principal) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    Ok(reply::item(newsroom.read(all).await?))
}

/// Make a category.
///
/// Needs the role `admin`, on the whole site or on the category above.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "create_category",
    request_body = CategoryInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Made", body = Item<Category>), ManageCreate),
)]
#[post("/categories")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<CategoryInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Categories)?;
    let category = newsroom.transaction(move |tx| make(tx, who.at(tx.now), &input)).await?;
    Ok(reply::created("/api/v1/manage/categories", category, None))
}

/// Every category, by name.
pub fn all(conn: &mut PgConnection) -> Result<Vec<Category>, Problem> {
    let parents = diesel::alias!(categories as parents);
    Ok(categories::table
        .left_join(parents.on(categories::parent_id.eq(parents.field(categories::id).nullable())))
        .order((sql::<sql_types::Text>("categories.").sql(VIETNAMESE_ORDER), categories::id))
        .select((categories::id, categories::slug, categories::name, parents.field(categories::slug).nullable()))
        .load(conn)?)
}

/// Makes a category.
///
/// # Errors
/// `forbidden` outside the caller's grants, `validation_failed`, `conflict` where the slug is taken.
pub fn make(tx: &mut Tx<'_>, by: By<'_>, input: &CategoryInput) -> Result<Category, Problem> {
    let parent = match &input.parent {
        None => None,
        Some(named) => Some(
            find(tx.conn, named)?
                .ok_or_else(|| Problem::invalid("/parent", "unknown", text("unknown-category").with("name", named)))?,
        ),
    };
    by.who.require_at(Permission::Categories, parent.as_ref().map(|parent| parent.id))?;
    let name = plain(&input.name);
    if name.is_empty() {
        return Err(Problem::invalid("/name", "too_short", text("too-short").with("limit", 1)));
    }
    let slug = match &input.slug {
        Some(slug) => {
            let slug: Slug = slug.parse().map_err(|_| Problem::invalid("/slug", "invalid_format", text("pattern")))?;
            slugs::claim(tx, Of::Category, Wanted::Exactly(&slug))?
        }
        None => slugs::claim(tx, Of::Category, Wanted::Like(&Slug::from_text(&name)))?,
    };
    let (id, slug) = (Uuid::now_v7(), slug.to_string());
    diesel::insert_into(categories::table)
        .values((
            categories::id.eq(id),
            categories::slug.eq(&slug),
            categories::name.eq(&name),
            categories::parent_id.eq(parent.as_ref().map(|parent| parent.id)),
            categories::created_at.eq(by.at),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::CategoryCreated { name: &name, slug: &slug })?;
    Ok(Category { id, slug, name, parent: parent.map(|parent| parent.slug) })
}

/// The category that a client names by slug or id.
pub fn find(conn: &mut PgConnection, slug_or_id: &str) -> Result<Option<CategoryRef>, Problem> {
    let query = categories::table.select(CategoryRef::as_select()).into_boxed();
    let query = match slug_or_id.parse::<Uuid>() {
        Ok(id) => query.filter(categories::id.eq(id)),
        Err(_) => query.filter(categories::slug.eq(slug_or_id)),
    };
    Ok(query.first(conn).optional()?)
}
