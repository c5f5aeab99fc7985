//! Through which stages a review goes: said of a category, it holds for all below it until one of them says otherwise. Who is
//! under review already keeps the stages that they were submitted to.

use actix_web::{
    HttpRequest, HttpResponse, get, put,
    web::{Data, Path},
};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, PgConnection, QueryDsl, RunQueryDsl, SelectableHelper,
    connection::SimpleConnection,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::{By, Permission, Principal, Role, people},
    audit::{self, Event},
    content::{CategoryRef, UserRef},
    db::{
        Newsroom, Tx,
        schema::{categories, category_ancestors, review_stages, users},
    },
    http::{
        ETag, FieldError, IfMatch, Item, Json, Problem,
        openapi::{ManageChange, ManageRead},
        reply, text,
    },
    newsroom::review::{ReviewStage, one_stage},
    taxonomy::categories::by_id,
};

/// The stages of a category.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewStagesInput {
    /// In their order. Null: those of the category above.
    #[schema(min_items = 1, max_items = 10)]
    stages: Option<Vec<ReviewStage>>,
}

/// The stages of a category, as said of it and as in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewStages {
    /// What is said of this category itself; null where it has those of the category above.
    stages: Option<Vec<ReviewStage>>,
    /// What is in force here.
    in_force: Vec<ReviewStage>,
    /// The category of which that is said: this one or one above; null where nobody has said anything, and one stage of
    /// approvers holds.
    from: Option<CategoryRef>,
    /// Those whom the stages in force name.
    people: Vec<UserRef>,
    #[serde(skip)]
    etag: ETag,
}

/// Through which stages a review of articles in this category goes.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "get_review_stages",
    params(("id" = Uuid, Path, description = "The category")),
    security(("sign_in" = [])),
    responses(
        (status = 200, description = "The stages", body = Item<ReviewStages>),
        (status = 304, description = "The client has it"),
        ManageRead,
    ),
)]
#[get("/categories/{id}/review")]
pub async fn show(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let stages = newsroom
        .read(move |conn| {
            by_id(conn, id)?;
            said(conn, id)
        })
        .await?;
    Ok(reply::tagged(&request, &stages, &stages.etag))
}

/// Say through which stages a review goes in this category and all below it that say nothing themselves.
///
/// Articles under review keep the stages that they were submitted to. Needs the role `admin` there. `If-Match` is heeded
/// where it is sent.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "set_review_stages",
    params(
        ("id" = Uuid, Path, description = "The category"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the stages that are meant"),
    ),
    request_body = ReviewStagesInput,
    security(("sign_in" = [])),
    responses((status = 200, description = "The stages as they then are", body = Item<ReviewStages>), ManageChange),
)]
#[put("/categories/{id}/review")]
pub async fn set(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    id: Path<Uuid>,
    expected: IfMatch,
    Json(input): Json<ReviewStagesInput>,
) -> Result<HttpResponse, Problem> {
    who.require_anywhere(Permission::Read)?;
    let id = id.into_inner();
    let stages = newsroom
        .transaction(move |tx| {
            // Who comes second finds what the first has said.
            tx.conn.batch_execute("LOCK TABLE review_stages IN SHARE ROW EXCLUSIVE MODE")?;
            by_id(tx.conn, id)?;
            who.require_at(Permission::Categories, Some(id))?;
            if !matches!(expected, IfMatch::Absent) {
                expected.met_by(&said(tx.conn, id)?.etag)?;
            }
            let stages = input.stages.as_deref().map(|stages| checked(tx.conn, id, stages)).transpose()?;
            say(tx, who.at(tx.now), id, stages.as_deref())?;
            said(tx.conn, id)
        })
        .await?;
    Ok(reply::tagged(&request, &stages, &stages.etag))
}

/// The stages of an article that is submitted where this category is.
pub fn in_force(conn: &mut PgConnection, category: Option<Uuid>) -> Result<Vec<ReviewStage>, Problem> {
    let found = match category {
        Some(category) => nearest(conn, category)?.map(|(stages, _)| stages),
        None => None,
    };
    Ok(found.unwrap_or_else(one_stage))
}

/// What is said of the nearest category of which anything is, from this one upwards.
fn nearest(conn: &mut PgConnection, category: Uuid) -> Result<Option<(Vec<ReviewStage>, CategoryRef)>, Problem> {
    let found: Option<(Option<Value>, CategoryRef)> = category_ancestors::table
        .inner_join(review_stages::table.on(review_stages::category_id.eq(category_ancestors::ancestor_id)))
        .inner_join(categories::table.on(categories::id.eq(category_ancestors::ancestor_id)))
        .filter(category_ancestors::category_id.eq(category))
        .filter(review_stages::stages.is_not_null())
        .order(category_ancestors::depth)
        .select((review_stages::stages, CategoryRef::as_select()))
        .first(conn)
        .optional()?;
    let Some((Some(stages), from)) = found else { return Ok(None) };
    Ok(Some((read(stages)?, from)))
}

fn read(stored: Value) -> Result<Vec<ReviewStage>, Problem> {
    serde_json::from_value(stored).map_err(Problem::internal)
}

/// What is said of a category, and what is in force there. Three queries.
fn said(conn: &mut PgConnection, category: Uuid) -> Result<ReviewStages, Problem> {
    let own: Option<(i32, Option<Value>)> = review_stages::table
        .find(category)
        .select((review_stages::revision, review_stages::stages))
        .first(conn)
        .optional()?;
    let revision = own.as_ref().map_or(0, |(revision, _)| *revision);
    let stages = own.and_then(|(_, stages)| stages).map(read).transpose()?;
    let (in_force, from) = match nearest(conn, category)? {
        Some((stages, from)) => (stages, Some(from)),
        None => (one_stage(), None),
    };
    let named: Vec<Uuid> = in_force.iter().flat_map(|stage| stage.users.iter().copied()).collect();
    let people =
        users::table.filter(users::id.eq_any(named)).order(users::id).select(UserRef::as_select()).load(conn)?;
    // What is in force may be said elsewhere, and people get other names: the tag is of what is said here.
    let etag = ETag::new(format!("stages-{revision}"));
    Ok(ReviewStages { stages, in_force, from, people, etag })
}

fn say(tx: &mut Tx<'_>, by: By<'_>, category: Uuid, stages: Option<&[ReviewStage]>) -> Result<(), Problem> {
    let stored = stages.map(serde_json::to_value).transpose().map_err(Problem::internal)?;
    let before: Option<(i32, Option<Value>)> = review_stages::table
        .find(category)
        .select((review_stages::revision, review_stages::stages))
        .first(tx.conn)
        .optional()?;
    if before.as_ref().map_or(stored.is_none(), |(_, before)| *before == stored) {
        return Ok(());
    }
    let revision = before.map_or(1, |(revision, _)| revision + 1);
    let row = (
        review_stages::revision.eq(revision),
        review_stages::stages.eq(stored),
        review_stages::set_by.eq(by.who.id),
        review_stages::set_at.eq(by.at),
    );
    diesel::insert_into(review_stages::table)
        .values((review_stages::category_id.eq(category), row.clone()))
        .on_conflict(review_stages::category_id)
        .do_update()
        .set(row)
        .execute(tx.conn)?;
    let names = stages.map(|stages| stages.iter().map(|stage| &*stage.name).collect());
    audit::record(tx.conn, category, by.stamp(), &Event::ReviewSet { revision, stages: names })
}

/// The stages as they are kept: each with another name, and with somebody who decides. A role that nobody has yet will do, for
/// administrators decide in any stage.
fn checked(conn: &mut PgConnection, category: Uuid, asked: &[ReviewStage]) -> Result<Vec<ReviewStage>, Problem> {
    let named: Vec<Uuid> = asked.iter().flat_map(|stage| stage.users.iter().copied()).collect();
    let readers = people::readers_of(conn, category, &named)?;
    let (mut stages, mut errors) = (Vec::<ReviewStage>::new(), Vec::new());
    for (number, stage) in asked.iter().enumerate() {
        let mut push = |member: &str, code, message| {
            errors.push(FieldError::new(format!("/stages/{number}{member}"), code, message));
        };
        let name = stage.name.trim().to_owned();
        if name.is_empty() {
            push("/name", "too_short", text("too-short").with("limit", 1));
        } else if stages.iter().any(|other| other.name == name) {
            push("/name", "repeated", text("repeated-item"));
        }
        for (index, user) in stage.users.iter().enumerate() {
            let at = format!("/users/{index}");
            if stage.users[..index].contains(user) {
                push(&at, "repeated", text("repeated-item"));
            } else if !readers.contains(user) {
                push(&at, "unknown", text("no-reviewer"));
            }
        }
        match stage.role {
            Some(Role::Author) => push("/role", "nobody", text("stage-of-authors")),
            None if stage.users.is_empty() => push("", "nobody", text("stage-without-anybody")),
            _ => {}
        }
        stages.push(ReviewStage { name, ..stage.clone() });
    }
    if errors.is_empty() { Ok(stages) } else { Err(Problem::validation(errors)) }
}
