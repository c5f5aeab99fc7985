//! Article types ("Loại bài viết"): a managed list, which the whole site shares.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, PgSortExpressionMethods, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
    dsl::{exists, sql},
    sql_types,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    categories::named,
    uses::{Used, refuse_used},
};
use crate::{
    access::{By, Permission, Principal},
    audit::{self, Event},
    db::{
        Newsroom, Tx, VIETNAMESE_ORDER,
        schema::{article_types, webhooks},
    },
    http::{
        All, ETag, IfMatch, Item, Json, MergePatch, OrNotFound, Problem,
        openapi::{ManageChange, ManageCreate, ManageDelete, ManageList, ManageRead},
        reply, text,
    },
};

/// An article type.
#[derive(Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = article_types)]
pub struct ArticleType {
    /// What articles name it by. Never changes.
    #[schema(example = "announcement")]
    code: String,
    /// What readers see.
    #[schema(example = "Thông báo")]
    name: String,
    /// Its place in lists: lower ones come first, and those without one behind, by name.
    #[schema(example = json!(null))]
    position: Option<i32>,
    #[serde(skip)]
    id: Uuid,
    #[serde(skip)]
    revision: i64,
}

impl ArticleType {
    fn etag(&self) -> ETag {
        ETag::new(format!("article-type-{}", self.revision))
    }
}

/// An article type to make.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticleTypeInput {
    /// What articles name it by.
    #[schema(max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "interview")]
    code: String,
    /// What readers see.
    #[schema(min_length = 1, max_length = 200, example = "Phỏng vấn")]
    name: String,
    /// Its place in lists: lower ones come first, and those without one behind, by name.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000, example = 6)]
    position: Option<i32>,
}

/// What may be changed of an article type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a merge patch, which is read as a whole when it is merged")]
pub struct ArticleTypePatch {
    /// What readers see.
    #[schema(min_length = 1, max_length = 200, nullable = false, example = "Phỏng vấn")]
    name: Option<String>,
    /// Its place in lists: lower ones come first, and those without one behind, by name.
    #[schema(minimum = 0, maximum = 100_000, example = 6)]
    position: Option<i32>,
}

/// All article types, in their order.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "list_managed_article_types",
    security(("sign_in" = [])),
    responses((status = 200, description = "All types", body = All<ArticleType>), ManageList),
)]
#[get("/article-types")]
pub async fn list(newsroom: Data<Newsroom>, who: Principal) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let all = |conn: &mut PgConnection| {
        let by_name = sql::<sql_types::Text>(VIETNAMESE_ORDER);
        let order = (article_types::position.asc().nulls_last(), by_name, article_types::code);
        Ok(article_types::table.order(order).select(ArticleType::as_select()).load(conn)?)
    };
    Ok(reply::item(newsroom.read(all).await?))
}

/// An article type.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "get_article_type",
    params(("code" = String, Path, description = "Its code")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The type", body = Item<ArticleType>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/article-types/{code}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let code = code.into_inner();
    let row: ArticleType = newsroom
        .read(move |conn| article_types::table.find(&code).select(ArticleType::as_select()).first(conn).or_not_found())
        .await?;
    Ok(revised(&request, row))
}

/// Make an article type. Needs the role `admin` on the whole site.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "create_article_type",
    request_body = ArticleTypeInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Made", body = Item<ArticleType>), ManageCreate),
)]
#[post("/article-types")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<ArticleTypeInput>,
) -> Result<HttpResponse, Problem> {
    who.require_at(Permission::Vocabulary, None)?;
    let row = newsroom.transaction(move |tx| make(tx, who.at(tx.now), &input)).await?;
    let (location, etag) = (format!("/api/v1/manage/article-types/{}", row.code), row.etag());
    Ok(reply::created(&location, row, Some(&etag)))
}

/// Change an article type: a JSON merge patch. What changes is public at once.
///
/// Needs the role `admin` on the whole site.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "change_article_type",
    params(
        ("code" = String, Path, description = "Its code"),
        ("If-Match" = String, Header, description = "The entity tag of the type that is meant"),
    ),
    request_body(content = ArticleTypePatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The type as it then is", body = Item<ArticleType>), ManageChange),
)]
#[patch("/article-types/{code}")]
pub async fn change(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    code: Path<String>,
    expected: IfMatch,
    patch: MergePatch<ArticleTypePatch>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let code = code.into_inner();
    let row = newsroom
        .transaction(move |tx| {
            let current = lock(tx, &who, &code, &expected)?;
            let ArticleType { code, name, position, .. } = &current;
            let written = patch.apply(json!({ "code": code, "name": name, "position": position }))?;
            edit(tx, who.at(tx.now), current, &written)
        })
        .await?;
    Ok(revised(&request, row))
}

/// Delete an article type that no article is of.
#[utoipa::path(
    tag = "Taxonomy",
    operation_id = "delete_article_type",
    params(
        ("code" = String, Path, description = "Its code"),
        ("If-Match" = String, Header, description = "The entity tag of the type that is meant"),
    ),
    security(("sign_in" = [])),
    responses((status = 204, description = "Deleted"), ManageDelete),
)]
#[delete("/article-types/{code}")]
pub async fn delete(
    newsroom: Data<Newsroom>,
    who: Principal,
    code: Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let code = code.into_inner();
    newsroom
        .transaction(move |tx| {
            let row = lock(tx, &who, &code, &expected)?;
            refuse_used(tx.conn, Used::Type(&row.code))?;
            let followed = webhooks::table.filter(webhooks::article_type.eq(&row.code));
            if diesel::select(exists(followed)).get_result(tx.conn)? {
                return Err(Problem::conflict(text("followed-by-webhook")));
            }
            diesel::delete(article_types::table.find(&row.code)).execute(tx.conn)?;
            let event = Event::ArticleTypeDeleted { code: &row.code, name: &row.name };
            audit::record(tx.conn, row.id, who.at(tx.now).stamp(), &event)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn make(tx: &mut Tx<'_>, by: By<'_>, input: &ArticleTypeInput) -> Result<ArticleType, Problem> {
    let (code, name) = (&input.code, named(&input.name)?);
    let made: Option<ArticleType> = diesel::insert_into(article_types::table)
        .values((
            article_types::id.eq(Uuid::now_v7()),
            article_types::code.eq(code),
            article_types::name.eq(&name),
            article_types::position.eq(input.position),
        ))
        .on_conflict(article_types::code)
        .do_nothing()
        .returning(ArticleType::as_returning())
        .get_result(tx.conn)
        .optional()?;
    let Some(made) = made else {
        return Err(Problem::taken("/code", text("code-taken").with("code", code)));
    };
    audit::record(tx.conn, made.id, by.stamp(), &Event::ArticleTypeCreated { code, name: &name })?;
    Ok(made)
}

fn edit(tx: &mut Tx<'_>, by: By<'_>, current: ArticleType, written: &ArticleTypeInput) -> Result<ArticleType, Problem> {
    let name = named(&written.name)?;
    if name == current.name && written.position == current.position {
        return Ok(current);
    }
    let changed = diesel::update(article_types::table.find(&current.code))
        .set((
            article_types::name.eq(&name),
            article_types::position.eq(written.position),
            article_types::revision.eq(current.revision + 1),
        ))
        .returning(ArticleType::as_returning())
        .get_result(tx.conn)?;
    audit::record(tx.conn, current.id, by.stamp(), &Event::ArticleTypeChanged { code: &current.code, name: &name })?;
    Ok(changed)
}

fn lock(tx: &mut Tx<'_>, who: &Principal, code: &str, expected: &IfMatch) -> Result<ArticleType, Problem> {
    let row = article_types::table.find(code).select(ArticleType::as_select()).for_update();
    let row: ArticleType = row.first(tx.conn).or_not_found()?;
    who.require_at(Permission::Vocabulary, None)?;
    expected.met_by(&row.etag())?;
    Ok(row)
}

fn revised(request: &HttpRequest, row: ArticleType) -> HttpResponse {
    let etag = row.etag();
    reply::tagged(request, row, &etag)
}
