//! The history ("Lịch sử"): every transition with who, when and why.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Approval, Transition};
use crate::{
    access::Principal,
    content::UserRef,
    db::{
        Newsroom, Tx,
        schema::{transitions, users},
    },
    http::{Links, List, Meta, Paging, Problem, Query, cursor, openapi::ManageRead, paging, reply},
    newsroom::articles::read,
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
}

/// A transition to record.
pub struct Step<'a> {
    /// The article.
    pub article: Uuid,
    /// The version that it is about.
    pub version: i32,
    /// What happens.
    pub name: Transition,
    /// From where.
    pub from: Approval,
    /// To where.
    pub to: Approval,
    /// Who does it.
    pub actor: Uuid,
    /// Why.
    pub comment: Option<&'a str>,
    /// When it is to become public, if later.
    pub publish_at: Option<DateTime<Utc>>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the four-eyes rule is overridden.
    pub overridden: bool,
}

/// Writes a transition into the history, and answers its number.
///
/// # Errors
/// Those of the database.
pub fn record(tx: &mut Tx<'_>, step: &Step<'_>) -> Result<i64, Problem> {
    Ok(diesel::insert_into(transitions::table)
        .values((
            transitions::article_id.eq(step.article),
            transitions::version.eq(step.version),
            transitions::name.eq(step.name),
            transitions::from_approval.eq(step.from),
            transitions::to_approval.eq(step.to),
            transitions::actor_id.eq(step.actor),
            transitions::at.eq(tx.now),
            transitions::comment.eq(step.comment),
            transitions::publish_at.eq(step.publish_at),
            transitions::expires_at.eq(step.expires_at),
            transitions::overridden.eq(step.overridden),
        ))
        .returning(transitions::id)
        .get_result(tx.conn)?)
}

/// The approval of exactly this version.
///
/// # Errors
/// `internal` where there is none; the state machine and the schema both forbid that.
pub fn approval_of(tx: &mut Tx<'_>, article: Uuid, version: i32) -> Result<i64, Problem> {
    let approvals = transitions::table
        .filter(transitions::article_id.eq(article))
        .filter(transitions::version.eq(version))
        .filter(transitions::name.eq(Transition::Approve));
    Ok(approvals.order(transitions::id.desc()).select(transitions::id).first(tx.conn)?)
}

type Row = (
    (i64, Transition, i32, Approval, Approval, DateTime<Utc>),
    (Option<String>, Option<DateTime<Utc>>, Option<DateTime<Utc>>, bool),
    (Uuid, String),
);

/// An article's transitions, newest first.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "history",
    params(("id" = Uuid, Path, description = "The article"), Paging),
    security(("sign_in" = [])),
    responses((status = 200, description = "A page of transitions", body = List<Entry>), ManageRead),
)]
#[get("/articles/{id}/history")]
pub async fn list(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    actor: Principal,
    id: Path<Uuid>,
    Query(page): Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let name = format!("history {id}");
    let before: Option<i64> = page.cursor.as_deref().map(|text| cursor::decode(&name, text)).transpose()?;
    let limit = page.limit;
    let mut rows: Vec<Row> = newsroom
        .read(move |conn| {
            read::readable_row(conn, &actor, id)?;
            let mut query = transitions::table
                .inner_join(users::table)
                .filter(transitions::article_id.eq(id))
                .order(transitions::id.desc())
                .limit(limit + 1)
                .select((
                    (
                        transitions::id,
                        transitions::name,
                        transitions::version,
                        transitions::from_approval,
                        transitions::to_approval,
                        transitions::at,
                    ),
                    (transitions::comment, transitions::publish_at, transitions::expires_at, transitions::overridden),
                    (users::id, users::name),
                ))
                .into_boxed();
            if let Some(before) = before {
                query = query.filter(transitions::id.lt(before));
            }
            Ok(query.load(conn)?)
        })
        .await?;
    let next = paging::cut(&mut rows, limit, |last| last.0.0)
        .map(|key| reply::next_page(&request, &cursor::encode(&name, &key)));
    let data = rows.into_iter().map(Entry::from).collect();
    Ok(reply::list(&List { data, meta: Meta { limit, count: None }, links: Links { next } }))
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let ((_, name, version, from, to, at), (comment, publish_at, expires_at, overridden), (id, user)) = row;
        let actor = UserRef { id, name: user };
        Self { name, version, from, to, actor, at, comment, publish_at, expires_at, overridden }
    }
}
