//! Who may do what, and where: all grants, or those that hold in a category.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl,
    Queryable, RunQueryDsl, SelectableHelper,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    access::{Permission, Principal, Role},
    content::{CategoryRef, UserRef},
    db::{
        Newsroom,
        schema::{categories, category_ancestors, role_grants, users},
    },
    http::{Cursors, List, Problem, Query, openapi::ManageList, paging, reply},
};

/// Which grants, and which page of them.
#[derive(Clone, Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantFilter {
    /// Of this role.
    #[param(inline)]
    role: Option<Role>,
    /// That hold in this category, by slug or id: on it, on one above it, or on the whole site.
    #[schema(max_length = 120)]
    #[param(max_length = 120)]
    category: Option<String>,
    /// Rows a page.
    #[serde(default = "paging::default_limit")]
    #[schema(minimum = 1, maximum = 100, default = 20)]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: i64,
    /// Where the previous page ended: `links.next` holds it.
    #[schema(max_length = 400)]
    #[param(max_length = 400)]
    cursor: Option<String>,
}

/// A role that somebody has.
#[derive(Serialize, ToSchema, Queryable)]
#[schema(as = UserGrant)]
pub struct Held {
    /// Of this grant.
    id: Uuid,
    /// Who has it.
    user: UserRef,
    /// The role.
    role: Role,
    /// The category that it is limited to, with all below it; null for the whole site.
    category: Option<CategoryRef>,
    /// Since when.
    granted_at: DateTime<Utc>,
}

/// Who has which role where, the newest first. Who is disabled is left out.
#[utoipa::path(
    tag = "People",
    operation_id = "list_grants",
    params(GrantFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of grants", body = List<Held>), ManageList),
)]
#[get("/grants")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<GrantFilter>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::People)?;
    let (name, limit) = (format!("grants {:?}", (filter.role, &filter.category)), filter.limit);
    let before: Option<Uuid> = cursors.decode(&name, filter.cursor.as_deref())?;
    let grants = newsroom.read(move |conn| page(conn, &filter, before, limit + 1)).await?;
    Ok(reply::page(&request, &cursors, &name, limit, grants, |last| last.id))
}

fn page(conn: &mut PgConnection, filter: &GrantFilter, before: Option<Uuid>, limit: i64) -> Result<Vec<Held>, Problem> {
    let mut query = role_grants::table
        .inner_join(users::table)
        .left_join(categories::table)
        .filter(users::disabled_at.is_null())
        .select((
            role_grants::id,
            UserRef::as_select(),
            role_grants::role,
            Option::<CategoryRef>::as_select(),
            role_grants::created_at,
        ))
        .into_boxed();
    if let Some(named) = &filter.category {
        let Some(category) = category(conn, named)? else { return Ok(Vec::new()) };
        let above = category_ancestors::table
            .filter(category_ancestors::category_id.eq(category))
            .select(category_ancestors::ancestor_id.nullable());
        query = query
            .filter(role_grants::category_id.is_null().or(role_grants::category_id.eq_any(above).assume_not_null()));
    }
    if let Some(role) = filter.role {
        query = query.filter(role_grants::role.eq(role));
    }
    if let Some(before) = before {
        query = query.filter(role_grants::id.lt(before));
    }
    Ok(query.order(role_grants::id.desc()).limit(limit).load(conn)?)
}

/// The category that a client names by slug or id.
fn category(conn: &mut PgConnection, named: &str) -> Result<Option<Uuid>, Problem> {
    let query = categories::table.select(categories::id).into_boxed();
    let query = match named.parse::<Uuid>() {
        Ok(id) => query.filter(categories::id.eq(id)),
        Err(_) => query.filter(categories::slug.eq(named.to_owned())),
    };
    Ok(query.first(conn).optional()?)
}
