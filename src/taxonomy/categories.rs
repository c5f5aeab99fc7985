//! Categories ("Phân loại"): a tree; each article is in one.

use std::collections::HashSet;

use actix_web::{HttpResponse, get, post, web::Data};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, PgConnection,
    QueryDsl, Queryable, RunQueryDsl, Selectable, dsl::sql, sql_types,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{VIETNAMESE_ORDER, slugs};
use crate::{
    access::{Actor, Permission},
    audit,
    db::{Newsroom, Tx, schema::categories},
    http::{
        All, Code, FieldError, Item, Json, Problem,
        openapi::{ManageCreate, ManageList},
        reply, text,
    },
    text::{normal::plain, slug::Slug},
};

/// A category, as articles name it.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[schema(as = CategoryRef)]
#[diesel(table_name = categories)]
pub struct CategoryRef {
    /// Never changes.
    pub id: Uuid,
    /// Unique among categories.
    #[schema(example = "tin-chuyen-nganh")]
    pub slug: String,
    /// What readers see.
    #[schema(example = "Tin Chuyên Ngành")]
    pub name: String,
}

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
#[derive(Deserialize, ToSchema)]
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
    operation_id = "manage_categories",
    security(("sign_in" = [])),
    responses((status = 200, description = "All categories", body = All<Category>), ManageList),
)]
#[get("/categories")]
pub async fn list(newsroom: Data<Newsroom>, actor: Actor) -> Result<HttpResponse, Problem> {
    actor.require_anywhere(Permission::Read)?;
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
    actor: Actor,
    Json(input): Json<CategoryInput>,
) -> Result<HttpResponse, Problem> {
    actor.require_anywhere(Permission::Categories)?;
    let category = newsroom.transaction(move |tx| make(tx, &actor, &input)).await?;
    Ok(reply::created("/api/v1/manage/categories", category, None))
}

/// Every category, by name.
///
/// # Errors
/// Those of the database.
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
pub fn make(tx: &mut Tx<'_>, actor: &Actor, input: &CategoryInput) -> Result<Category, Problem> {
    let parent = match &input.parent {
        None => None,
        Some(named) => Some(
            find(tx.conn, named)?
                .ok_or_else(|| Problem::invalid("/parent", "unknown", text("unknown-category").with("name", named)))?,
        ),
    };
    actor.require_at(Permission::Categories, parent.as_ref().map(|parent| parent.id))?;
    let name = plain(&input.name);
    if name.is_empty() {
        return Err(Problem::invalid("/name", "too_short", text("too-short").with("limit", 1)));
    }
    let wanted = match &input.slug {
        Some(slug) => slug.parse::<Slug>().map_err(|_| Problem::invalid("/slug", "invalid_format", text("pattern")))?,
        None => Slug::from_text(&name),
    };
    let (from, to) = slugs::numbered(&wanted);
    let taken: Vec<String> = categories::table
        .filter(categories::slug.eq(wanted.as_str()).or(categories::slug.between(from, to)))
        .select(categories::slug)
        .load(tx.conn)?;
    let taken: HashSet<String> = taken.into_iter().collect();
    if input.slug.is_some() && taken.contains(wanted.as_str()) {
        return Err(slug_taken(wanted.as_str()));
    }
    let slug = slugs::first_free(&wanted, &taken).to_string();
    let id = Uuid::now_v7();
    insert(tx, id, &slug, &name, parent.as_ref().map(|parent| parent.id), tx.now)?;
    audit::record(tx, "category.created", id, Some(actor.id), serde_json::json!({ "name": name, "slug": slug }))?;
    Ok(Category { id, slug, name, parent: parent.map(|parent| parent.slug) })
}

fn insert(
    tx: &mut Tx<'_>,
    id: Uuid,
    slug: &str,
    name: &str,
    parent: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<(), Problem> {
    diesel::insert_into(categories::table)
        .values((
            categories::id.eq(id),
            categories::slug.eq(slug),
            categories::name.eq(name),
            categories::parent_id.eq(parent),
            categories::created_at.eq(at),
        ))
        .execute(tx.conn)
        .map_err(|error| match error {
            // Somebody else took it just now.
            diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _) => {
                slug_taken(slug)
            }
            other => other.into(),
        })?;
    Ok(())
}

/// The refusal of a slug that something else has.
pub fn slug_taken(slug: &str) -> Problem {
    let message = text("slug-taken").with("slug", slug);
    Problem::new(Code::Conflict, message.clone()).with_errors(vec![FieldError::new("/slug", "taken", message)])
}

/// The category that a client names by slug or id.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut PgConnection, slug_or_id: &str) -> Result<Option<CategoryRef>, Problem> {
    use diesel::SelectableHelper;
    let query = categories::table.select(CategoryRef::as_select()).into_boxed();
    let query = match slug_or_id.parse::<Uuid>() {
        Ok(id) => query.filter(categories::id.eq(id)),
        Err(_) => query.filter(categories::slug.eq(slug_or_id)),
    };
    Ok(query.first(conn).optional()?)
}
