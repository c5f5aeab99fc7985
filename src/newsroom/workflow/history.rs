//! The history ("Lịch sử"): every transition with who, when and why.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    access::Principal,
    content::{KeyRef, UserRef},
    db::{
        Newsroom,
        schema::{api_keys, transitions, users},
    },
    http::{Cursors, Links, List, Meta, Paging, Problem, Query, openapi::ManageRead, paging, reply},
    newsroom::{
        machine::{Approval, Transition},
        store,
    },
};

/// A transition that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
pub struct Entry {
    /// What happened.
    name: Transition,
    /// To which version.
    #[schema(minimum = 1)]
    version: i32,
    /// Where the working copy stood before.
    from: Approval,
    /// Where it stood afterwards.
    to: Approval,
    /// Who did it.
    actor: UserRef,
    /// The key by which a program did it in their name; null where they did it themselves.
    key: Option<KeyRef>,
    /// When.
    at: DateTime<Utc>,
    /// Why.
    #[schema(example = "Đã kiểm tra số liệu")]
    comment: Option<String>,
    /// With `publish`: when it is to become public, if later.
    publish_at: Option<DateTime<Utc>>,
    /// With `publish`: when it expires.
    expires_at: Option<DateTime<Utc>>,
    /// Whether the four-eyes rule was overridden.
    overridden: bool,
    /// With `approve` and `reject`: the stage that was decided. An approval leads from `pending` to `pending` where the review
    /// went on to another.
    #[schema(example = "Phê duyệt")]
    stage: Option<String>,
    /// With `publish`: what it corrects.
    correction: Option<String>,
    /// With `unpublish`: what readers are told.
    notice: Option<String>,
    /// With `publish`: until when it is urgent.
    urgent_until: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = transitions)]
struct Row {
    id: i64,
    name: Transition,
    version: i32,
    from_approval: Approval,
    to_approval: Approval,
    at: DateTime<Utc>,
    comment: Option<String>,
    publish_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    overridden: bool,
    stage: Option<String>,
    correction: Option<String>,
    notice: Option<String>,
    urgent_until: Option<DateTime<Utc>>,
    #[diesel(embed)]
    actor: UserRef,
    #[diesel(embed)]
    key: Option<KeyRef>,
}

/// An article's transitions, newest first.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "list_history",
    params(("id" = Uuid, Path, description = "The article"), Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of transitions", body = List<Entry>), ManageRead),
)]
#[get("/articles/{id}/history")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    cursors: Data<Cursors>,
    who: Principal,
    id: Path<Uuid>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let name = format!("history {id}");
    let before: Option<i64> = cursors.decode(&name, page.cursor.as_deref())?;
    let limit = page.limit;
    let mut rows = newsroom
        .read(move |conn| {
            store::readable(conn, &who, id)?;
            entries(conn, id, before, limit + 1)
        })
        .await?;
    let next = paging::cut(&mut rows, limit, |last| last.id)
        .map(|key| reply::next_page(&request, &cursors.encode(&name, &key)));
    let data = rows.into_iter().map(Entry::from).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

fn entries(conn: &mut PgConnection, article: Uuid, before: Option<i64>, limit: i64) -> Result<Vec<Row>, Problem> {
    let mut query = transitions::table
        .inner_join(users::table)
        .left_join(api_keys::table)
        // Named in the order too: else the server looks for an article that much happened to among all the newest.
        .filter(transitions::article_id.eq_any([article]))
        .order((transitions::article_id.desc(), transitions::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(transitions::id.lt(before));
    }
    Ok(query.load(conn)?)
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let Row {
            id: _,
            name,
            version,
            from_approval,
            to_approval,
            at,
            comment,
            publish_at,
            expires_at,
            overridden,
            stage,
            correction,
            notice,
            urgent_until,
            actor,
            key,
        } = row;
        Self {
            name,
            version,
            from: from_approval,
            to: to_approval,
            actor,
            key,
            at,
            comment,
            publish_at,
            expires_at,
            overridden,
            stage,
            correction,
            notice,
            urgent_until,
        }
    }
}
