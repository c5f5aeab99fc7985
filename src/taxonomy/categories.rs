//! Categories ("Phân loại"): a tree; each article is in one.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection, PgSortExpressionMethods,
    QueryDsl, Queryable, RunQueryDsl, SelectableHelper, dsl::sql, sql_types,
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
        All, ETag, Item, Json, OrNotFound, Problem,
        openapi::{ManageCreate, ManageList, ManageRead},
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
    /// Its place among its siblings: lower ones come first, and those without one behind, by name.
    #[schema(example = json!(null))]
    pub position: Option<i32>,
    /// Moves with each change.
    #[serde(skip)]
    pub revision: i64,
}

impl Category {
    /// Moves with each change.
    pub fn etag(&self) -> ETag {
        ETag::new(format!("category-{}", self.revision))
    }
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
    /// Its place among its siblings: lower ones come first, and those without one behind, by name.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000, example = 1)]
    pub position: Option<i32>,
}

/// The whole tree: siblings in their order, then by name in Vietnamese order.
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

/// A category.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "get_category",
    params(("id" = Uuid, Path, description = "The category")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The category", body = Item<Category>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/categories/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let category = newsroom.read(move |conn| by_id(conn, id)).await?;
    let etag = category.etag();
    Ok(reply::tagged(&request, category, &etag))
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
    let (location, etag) = (format!("/api/v1/manage/categories/{}", category.id), category.etag());
    Ok(reply::created(&location, category, Some(&etag)))
}

/// Categories as they are answered.
macro_rules! answered {
    () => {{
        let parents = diesel::alias!(categories as parents);
        categories::table
            .left_join(parents.on(categories::parent_id.eq(parents.field(categories::id).nullable())))
            .select((
                categories::id,
                categories::slug,
                categories::name,
                parents.field(categories::slug).nullable(),
                categories::position,
                categories::revision,
            ))
    }};
}

/// Every category: siblings in their order.
pub fn all(conn: &mut PgConnection) -> Result<Vec<Category>, Problem> {
    let by_name = sql::<sql_types::Text>("categories.").sql(VIETNAMESE_ORDER);
    Ok(answered!().order((categories::position.asc().nulls_last(), by_name, categories::id)).load(conn)?)
}

/// The category with this id.
///
/// # Errors
/// `not_found`.
pub fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Category, Problem> {
    answered!().filter(categories::id.eq(id)).first(conn).or_not_found()
}

/// Makes a category.
///
/// # Errors
/// `forbidden` outside the caller's grants, `validation_failed`, `conflict` where the slug is taken.
pub fn make(tx: &mut Tx<'_>, by: By<'_>, input: &CategoryInput) -> Result<Category, Problem> {
    let parent = parent(tx.conn, input.parent.as_deref())?;
    by.who.require_at(Permission::Categories, parent.as_ref().map(|parent| parent.id))?;
    let name = named(&input.name)?;
    let id = Uuid::now_v7();
    let slug = claimed(tx, id, &name, input.slug.as_deref())?.to_string();
    diesel::insert_into(categories::table)
        .values((
            categories::id.eq(id),
            categories::slug.eq(&slug),
            categories::name.eq(&name),
            categories::parent_id.eq(parent.as_ref().map(|parent| parent.id)),
            categories::position.eq(input.position),
            categories::created_at.eq(by.at),
        ))
        .execute(tx.conn)?;
    audit::record(tx.conn, id, by.stamp(), &Event::CategoryCreated { name: &name, slug: &slug })?;
    let parent = parent.map(|parent| parent.slug);
    Ok(Category { id, slug, name, parent, position: input.position, revision: 1 })
}

/// The category that an input names as the one above.
///
/// # Errors
/// `validation_failed` where there is none.
pub(super) fn parent(conn: &mut PgConnection, named: Option<&str>) -> Result<Option<CategoryRef>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let unknown = || Problem::invalid("/parent", "unknown", text("unknown-category").with("name", named));
    find(conn, named)?.map(Some).ok_or_else(unknown)
}

/// A name as it is kept.
///
/// # Errors
/// `validation_failed` where nothing is left of it.
pub(super) fn named(name: &str) -> Result<String, Problem> {
    let name = plain(name);
    if name.is_empty() {
        return Err(Problem::invalid("/name", "too_short", text("too-short").with("limit", 1)));
    }
    Ok(name)
}

/// A slug for this category: the one that is wanted, or one made of its name.
///
/// # Errors
/// `validation_failed`; `conflict` where it is taken, or another category had it.
pub(super) fn claimed(tx: &mut Tx<'_>, id: Uuid, name: &str, wanted: Option<&str>) -> Result<Slug, Problem> {
    match wanted {
        Some(slug) => {
            let slug: Slug = slug.parse().map_err(|_| Problem::invalid("/slug", "invalid_format", text("pattern")))?;
            slugs::claim(tx, Of::Category(id), Wanted::Exactly(&slug))
        }
        None => slugs::claim(tx, Of::Category(id), Wanted::Like(&Slug::from_text(name))),
    }
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
