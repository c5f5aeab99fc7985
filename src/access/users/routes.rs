//! Inviting people, granting them roles, disabling them, signing them out.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, patch, post, put,
    web::{Data, Path},
};
use uuid::Uuid;

use super::{
    grants, invites,
    model::{GrantsInput, Invited, User, UserFilter, UserGrants, UserInput, UserPatch},
    store,
};
use crate::{
    access::{Permission, Principal, password::NOT_SET, people, session},
    audit::{self, Event},
    db::Newsroom,
    http::{
        Cursors, IfMatch, Item, Json, List, MergePatch, Problem, Query,
        openapi::{ManageChange, ManageCreate, ManageList, ManageMakeOf, ManageRead},
        reply, text,
    },
};

/// Invite somebody.
///
/// The answer holds the invitation: pass its token on to them. Whoever sends it to `auth/accept` within 72 hours, with a
/// password of their own, is signed in. Needs the role `admin` wherever something is granted.
#[utoipa::path(
    tag = "People",
    operation_id = "create_user",
    request_body = UserInput,
    security(("sign_in" = [])),
    responses((status = 201, description = "Invited; `ETag` and `Location` are set", body = Item<Invited>), ManageCreate),
)]
#[post("/users")]
pub async fn create(
    newsroom: Data<Newsroom>,
    who: Principal,
    Json(input): Json<UserInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::People)?;
    let invited = newsroom
        .transaction(move |tx| {
            let by = who.at(tx.now);
            let wanted = grants::resolve(tx.conn, &input.grants)?;
            let id = people::add(tx, by.stamp(), &input.email, &input.name, NOT_SET)?;
            grants::give(tx, by, id, &wanted)?;
            let invite = invites::issue(tx, id)?;
            audit::record(tx.conn, id, by.stamp(), &Event::UserInvited { expires_at: invite.expires_at })?;
            Ok(Invited { user: store::find(tx.conn, id)?, invite })
        })
        .await?;
    let (location, etag) = (location(&invited.user), invited.user.etag());
    Ok(reply::created(&location, invited, Some(&etag)))
}

/// Users, by name in Vietnamese order.
#[utoipa::path(
    tag = "People",
    operation_id = "list_users",
    params(UserFilter),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of users", body = List<User>), ManageList),
)]
#[get("/users")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    Query(filter): Query<UserFilter>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::People)?;
    let (name, limit) = (format!("users {:?}", filter.disabled), filter.limit);
    let after: Option<(String, Uuid)> = cursors.decode(&name, filter.cursor.as_deref())?;
    let users = newsroom.read(move |conn| store::page(conn, filter.disabled, after, limit + 1)).await?;
    Ok(reply::page(&request, &cursors, &name, limit, users, |last| (last.name.clone(), last.id)))
}

/// A user, with their roles.
#[utoipa::path(
    tag = "People",
    operation_id = "get_user",
    params(("id" = Uuid, Path, description = "The user")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The user", body = Item<User>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/users/{id}")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    let user = newsroom.read(move |conn| store::find(conn, id)).await?;
    Ok(revised(&request, user))
}

/// Rename a user, disable them or let them in again: a JSON merge patch.
///
/// Who is disabled is out with the next request, on every replica.
#[utoipa::path(
    tag = "People",
    operation_id = "edit_user",
    params(
        ("id" = Uuid, Path, description = "The user"),
        ("If-Match" = String, Header, description = "The entity tag of the account that is meant"),
    ),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    security(("sign_in" = [])),
    responses((status = 200, description = "The user as they then are", body = Item<User>), ManageChange),
)]
#[patch("/users/{id}")]
pub async fn edit(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    patch: MergePatch<UserPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    let user = newsroom
        .transaction(move |tx| {
            let mut user = store::lock(tx, id)?;
            grants::require_over(&who, &user)?;
            store::check_current(&user, &expected)?;
            store::change(tx, who.at(tx.now), &mut user, &patch)?;
            Ok(user)
        })
        .await?;
    Ok(revised(&request, user))
}

/// Invite a user anew, who has not come yet or lost their password.
///
/// An earlier invitation ends. Their password stays as it is until this one is accepted.
#[utoipa::path(
    tag = "People",
    operation_id = "invite_user",
    params(("id" = Uuid, Path, description = "The user")),
    security(("sign_in" = [])),
    responses((status = 201, description = "Invited", body = Item<Invited>), ManageMakeOf),
)]
#[post("/users/{id}/invite")]
pub async fn invite_again(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    let invited = newsroom
        .transaction(move |tx| {
            let user = store::lock(tx, id)?;
            grants::require_over(&who, &user)?;
            if user.disabled {
                return Err(Problem::conflict(text("user-disabled")));
            }
            let invite = invites::issue(tx, id)?;
            let stamp = who.at(tx.now).stamp();
            audit::record(tx.conn, id, stamp, &Event::UserInvited { expires_at: invite.expires_at })?;
            Ok(Invited { user, invite })
        })
        .await?;
    let (location, etag) = (location(&invited.user), invited.user.etag());
    Ok(reply::created(&location, invited, Some(&etag)))
}

/// What a user may do.
#[utoipa::path(
    tag = "People",
    operation_id = "get_user_grants",
    params(("id" = Uuid, Path, description = "The user")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "Their roles", body = Item<UserGrants>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/users/{id}/grants")]
pub async fn granted(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    let user = newsroom.read(move |conn| store::find(conn, id)).await?;
    let etag = user.etag();
    Ok(reply::tagged(&request, UserGrants::from(user), &etag))
}

/// Say what a user may do, whole: what is not named is taken away.
///
/// Admins of a category give and take within it alone; what lies elsewhere has to be named as it is. With `If-Match`, only if
/// nobody has changed the account meanwhile.
#[utoipa::path(
    tag = "People",
    operation_id = "set_user_grants",
    params(
        ("id" = Uuid, Path, description = "The user"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the account that is meant"),
    ),
    request_body = GrantsInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "Their roles from now on", body = Item<UserGrants>), ManageChange),
)]
#[put("/users/{id}/grants")]
pub async fn grant(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    Json(input): Json<GrantsInput>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    let user = newsroom
        .transaction(move |tx| {
            let mut user = store::lock(tx, id)?;
            if let IfMatch::Tags(_) = expected {
                store::check_current(&user, &expected)?;
            }
            grants::replace(tx, who.at(tx.now), &mut user, &input)?;
            Ok(user)
        })
        .await?;
    let etag = user.etag();
    Ok(reply::tagged(&request, UserGrants::from(user), &etag))
}

/// Sign a user out everywhere.
#[utoipa::path(
    tag = "People",
    operation_id = "end_user_sessions",
    params(("id" = Uuid, Path, description = "The user")),
    security(("sign_in" = [])),
    responses((status = 204, description = "Signed out"), ManageRead),
)]
#[delete("/users/{id}/sessions")]
pub async fn sign_out(newsroom: Data<Newsroom>, who: Principal, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    who.require_anywhere(Permission::People)?;
    newsroom
        .transaction(move |tx| {
            let user = store::lock(tx, id)?;
            grants::require_over(&who, &user)?;
            session::end_all(tx, who.at(tx.now).stamp(), id, session::SessionEnd::Revoked)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn location(user: &User) -> String {
    format!("/api/v1/manage/users/{}", user.id)
}

fn revised(request: &HttpRequest, user: User) -> HttpResponse {
    let etag = user.etag();
    reply::tagged(request, user, &etag)
}
