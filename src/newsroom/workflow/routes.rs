//! Moving an article along its workflow.

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    history::{self, Step},
    machine::{self, Effect, Transition},
    options::{machine_standing, not_allowed},
    requirements, review,
};
use crate::{
    access::Principal,
    audit::{self, Event},
    content::Content,
    db::{Newsroom, Tx, schema::articles},
    http::{FieldError, IfMatch, Item, OptionalJson, Problem, openapi::ManageChange, text},
    newsroom::articles::{
        model::Article,
        read,
        routes::revised,
        store::{self, ArticleRow},
    },
    publication::{self, Publish, Standing},
};

/// What goes with a transition. All of it may be left out, but for the comment of `reject`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionInput {
    /// Why. Required for `reject`, and for an override.
    #[schema(max_length = 2000, example = "Đã kiểm tra số liệu")]
    pub comment: Option<String>,
    /// With `publish`: when the article is to appear, if later than now.
    pub publish_at: Option<DateTime<Utc>>,
    /// With `publish`: when it is to disappear.
    pub expires_at: Option<DateTime<Utc>>,
    /// With `approve`: override the four-eyes rule. Needs a permission that no role holds.
    #[serde(default, rename = "override")]
    #[schema(default = false)]
    pub overriding: bool,
}

/// Move an article along its workflow.
///
/// The article lists what its caller may do in `allowed_transitions`.
#[utoipa::path(
    tag = "Workflow",
    operation_id = "transition",
    params(
        ("id" = Uuid, Path, description = "The article"),
        ("name" = Transition, Path, description = "The transition"),
        ("If-Match" = String, Header, description = "The entity tag of the copy that is meant"),
    ),
    request_body = Option<TransitionInput>,
    security(("sign_in" = [])),
    responses((status = 200, description = "The article as it then is", body = Item<Article>), ManageChange),
)]
#[post("/articles/{id}/transitions/{name}")]
pub async fn perform(
    request: HttpRequest,
    newsroom: Data<Newsroom>,
    who: Principal,
    path: Path<(Uuid, Transition)>,
    expected: IfMatch,
    OptionalJson(input): OptionalJson<TransitionInput>,
) -> Result<HttpResponse, Problem> {
    let (id, wanted) = path.into_inner();
    let article = newsroom
        .transaction(move |tx| {
            let row = store::lock(tx, id, &who)?;
            who.require(wanted.permission(), row.subject())?;
            store::check_current(tx, &row, &expected)?;
            let row = take(tx, &who, &row, wanted, &input)?;
            read::after_write(tx, &who, row)
        })
        .await?;
    Ok(revised(&request, &article))
}

/// Takes the step: what the workflow, the four-eyes rule and the input allow, with its history, its effect on the
/// public and its event. For an article that the caller has locked and may move.
///
/// # Errors
/// `transition_not_allowed`, `four_eyes`, `validation_failed`.
pub fn take(
    tx: &mut Tx<'_>,
    who: &Principal,
    row: &ArticleRow,
    wanted: Transition,
    input: &TransitionInput,
) -> Result<ArticleRow, Problem> {
    let standing =
        publication::standings(tx.conn, &[row.id], tx.now)?.remove(&row.id).ok_or_else(Problem::not_found)?;
    let step =
        machine::step(machine_standing(row, &standing), wanted).map_err(|_| not_allowed(row, &standing, wanted))?;
    let comment = input.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    let (stamp, mut overridden) = (who.at(tx.now).stamp(), false);
    if wanted == Transition::Approve {
        let edited = review::editors(tx.conn, &[row.id])?
            .get(&row.id)
            .is_some_and(|edits| review::edited_since(edits, who.id, standing.last_version));
        overridden = review::require_fresh_eyes(who, edited, input.overriding, comment)?;
    }
    let content = store::content(tx, row.id, row.current_version)?;
    check_input(tx, wanted, input, comment, &content)?;
    if wanted == Transition::Submit {
        requirements::check(&content)?;
    }
    let version = match wanted {
        // These are about what is or will be public, which need not be the working copy.
        Transition::Unschedule => standing.scheduled.as_ref().map_or(row.current_version, |it| it.version),
        Transition::Unpublish => standing.live.as_ref().map_or(row.current_version, |it| it.version),
        _ => row.current_version,
    };
    history::record(
        tx,
        &Step {
            article: row.id,
            version,
            name: wanted,
            from: row.approval,
            to: step.approval,
            actor: who.id,
            comment,
            publish_at: input.publish_at,
            expires_at: input.expires_at,
            overridden,
        },
    )?;
    match step.effect {
        Effect::Nothing => {
            let event = match wanted {
                Transition::Submit => Event::ArticleSubmitted { version },
                Transition::Recall => Event::ArticleRecalled { version },
                Transition::Reject => Event::ArticleRejected { version },
                _ => Event::ArticleApproved { version, overridden },
            };
            audit::record(tx.conn, row.id, stamp, &event)?;
        }
        Effect::Publish => publish(tx, who, row, &standing, &content, input)?,
        Effect::Unschedule => publication::unschedule(tx, stamp, &standing)?,
        Effect::Unpublish => publication::unpublish(tx, stamp, &standing)?,
    }
    moved(tx, who, row, step.approval)
}

fn publish(
    tx: &mut Tx<'_>,
    who: &Principal,
    row: &ArticleRow,
    standing: &Standing,
    content: &Content,
    input: &TransitionInput,
) -> Result<(), Problem> {
    let approval = history::approval_of(tx, row.id, row.current_version)?;
    let publish = Publish {
        article: row.id,
        version: row.current_version,
        content,
        approval,
        starts_at: input.publish_at.map_or(tx.now, |at| at.max(tx.now)),
        expires_at: input.expires_at,
    };
    publication::publish(tx, who.at(tx.now).stamp(), standing, &publish)
}

/// The rules on what goes with a transition, all at once.
fn check_input(
    tx: &Tx<'_>,
    wanted: Transition,
    input: &TransitionInput,
    comment: Option<&str>,
    content: &Content,
) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut push = |pointer: &str, code, message| errors.push(FieldError::new(pointer, code, message));
    if wanted == Transition::Reject && comment.is_none() {
        push("/comment", "required", text("comment-required"));
    }
    if wanted != Transition::Approve && input.overriding {
        push("/override", "not_applicable", text("not-applicable"));
    }
    if wanted == Transition::Publish {
        let appears = input.publish_at.map_or(tx.now, |at| at.max(tx.now));
        if input.expires_at.is_some_and(|expiry| expiry <= appears) {
            push("/expires_at", "too_early", text("expires-too-early"));
        }
        if content.published_at.is_some_and(|date| date > appears) {
            push("/published_at", "too_late", text("published-at-too-late"));
        }
    } else {
        if input.publish_at.is_some() {
            push("/publish_at", "not_applicable", text("not-applicable"));
        }
        if input.expires_at.is_some() {
            push("/expires_at", "not_applicable", text("not-applicable"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

fn moved(tx: &mut Tx<'_>, who: &Principal, row: &ArticleRow, approval: super::Approval) -> Result<ArticleRow, Problem> {
    use diesel::SelectableHelper;
    Ok(diesel::update(articles::table.find(row.id))
        .set((
            articles::approval.eq(approval),
            articles::revision.eq(row.revision + 1),
            articles::updated_at.eq(tx.now.max(row.updated_at)),
            articles::updated_by.eq(who.id),
        ))
        .returning(ArticleRow::as_returning())
        .get_result(tx.conn)?)
}
