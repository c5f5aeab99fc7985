//! Taking a step along the workflow: what is asked before, and what it does.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    four_eyes::{Hand, require_fresh_eyes},
    options::not_allowed,
    stages,
};
use crate::{
    access::By,
    audit::Event,
    db::{Tx, schema::transitions},
    http::{FieldError, Problem, text},
    newsroom::{
        article::{Case, edited_since},
        desk::{Desk, Step, record},
        files,
        machine::{self, Approval, Effect, Transition},
        requirements,
        review::Review,
    },
    publication::{self, Publish, standing},
};

/// What goes with a transition. All of it may be left out, but for the comment of `reject`.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
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

/// Takes a step: what the workflow, the four-eyes rule and the input allow. To submit takes over newer files and the stages of
/// the review first; to approve decides one stage. For an article that is locked, by somebody who has the right to take it.
///
/// # Errors
/// `transition_not_allowed`, `four_eyes`, `validation_failed`.
pub fn take(
    tx: &mut Tx<'_>,
    by: By<'_>,
    case: &mut Case,
    wanted: Transition,
    input: &TransitionInput,
) -> Result<(), Problem> {
    let state = case.row.state(&case.standing);
    let next = machine::step(state, wanted).map_err(|_| not_allowed(state, wanted))?;
    let comment = input.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    let decision = match wanted {
        Transition::Approve | Transition::Reject => Decision::of(by, case, wanted, input, comment)?,
        _ => None,
    };
    check_input(by.at, case, wanted, input, comment)?;
    let review = match (wanted, &decision) {
        (Transition::Submit, _) => {
            requirements::check(&case.content)?;
            files::take_over(tx, by, case)?;
            let stages = stages::in_force(tx.conn, case.row.category_id)?;
            Some(Review::begin(stages, by.at))
        }
        (_, Some(decision)) => decision.leads_to.clone(),
        (Transition::Recall, _) => None,
        _ => case.row.review.clone(),
    };
    let TransitionInput { publish_at, expires_at, .. } = *input;
    let step = Step {
        version: version_meant(case, wanted),
        name: wanted,
        to: if decision.as_ref().is_some_and(|decision| decision.leads_to.is_some()) {
            Approval::Pending
        } else {
            next.approval
        },
        comment,
        publish_at,
        expires_at,
        overridden: decision.as_ref().is_some_and(|decision| decision.overridden),
        stage: decision.as_ref().map(|decision| &*decision.stage),
        review_id: decision.as_ref().and_then(|decision| decision.review),
        review,
    };
    let publication = match next.effect {
        Effect::Publish => {
            Some(NewPublication { id: Uuid::now_v7(), approval: approval_of(tx, case.row.id, step.version)? })
        }
        _ => None,
    };
    carry_out(tx, by, case, &step, next.effect, publication)?;
    if next.effect != Effect::Nothing {
        case.standing = standing(tx.conn, case.row.id, by.at)?;
    }
    Ok(())
}

/// What somebody decides in a review.
struct Decision {
    /// The review, by the number of its submission.
    review: Option<i64>,
    /// The stage that they decide.
    stage: String,
    /// Whether they override the four-eyes rule.
    overridden: bool,
    /// The review afterwards; none where that was its last stage, or it ends by a rejection.
    leads_to: Option<Review>,
}

impl Decision {
    /// None where the article is under no review; the workflow has refused that before.
    fn of(
        by: By<'_>,
        case: &Case,
        wanted: Transition,
        input: &TransitionInput,
        comment: Option<&str>,
    ) -> Result<Option<Self>, Problem> {
        let Some(review) = case.row.under_review() else { return Ok(None) };
        let Some(stage) = review.current() else { return Ok(None) };
        let hand = Hand::of(by.who, review, edited_since(&case.edits, by.who.id, &case.standing), wanted);
        let overridden = require_fresh_eyes(by.who, hand, input.overriding, comment)?;
        let goes_on = wanted == Transition::Approve && !review.is_at_its_last();
        Ok(Some(Self {
            review: review.submission,
            stage: stage.rule.name.clone(),
            overridden,
            leads_to: goes_on.then(|| review.clone().passed(by.who.id, by.at)),
        }))
    }
}

/// The publication that `publish` makes.
#[derive(Clone, Copy, Debug)]
pub struct NewPublication {
    /// Its id.
    pub id: Uuid,
    /// The number of the approval that it rests on.
    pub approval: i64,
}

/// Carries a step out: its entry in the history, its effect on the public, its event. Answers the entry's number. Where
/// the public stands afterwards is for the caller to look up.
pub fn carry_out(
    desk: &mut impl Desk,
    by: By<'_>,
    case: &mut Case,
    step: &Step<'_>,
    effect: Effect,
    publication: Option<NewPublication>,
) -> Result<i64, Problem> {
    let number = record(desk, by, case, step)?;
    let (article, stamp, version) = (case.row.id, by.stamp(), step.version);
    match effect {
        Effect::Nothing => {
            let event = match step.name {
                Transition::Submit => Event::ArticleSubmitted { version },
                Transition::Recall => Event::ArticleRecalled { version },
                Transition::Reject => Event::ArticleRejected { version },
                // The others have an effect. An approval after which the review goes on is that of a stage.
                _ if step.to == Approval::Pending => {
                    Event::ArticlePassed { version, stage: step.stage.unwrap_or_default(), overridden: step.overridden }
                }
                _ => Event::ArticleApproved { version, overridden: step.overridden },
            };
            desk.event(article, stamp, &event)?;
        }
        Effect::Publish => {
            let Some(publication) = publication else {
                return Err(Problem::internal("a publication rests on no approval"));
            };
            let publish = Publish {
                article,
                version,
                content: &case.content,
                approval: publication.approval,
                starts_at: step.publish_at.map_or(by.at, |at| at.max(by.at)),
                expires_at: step.expires_at,
            };
            publication::publish(desk, stamp, publication.id, &case.standing, &publish)?;
        }
        Effect::Unschedule => publication::unschedule(desk, stamp, &case.standing)?,
        Effect::Unpublish => publication::unpublish(desk, stamp, &case.standing)?,
    }
    Ok(number)
}

/// The version that a step is about: of what is or will be public, which need not be the working copy, or that.
pub fn version_meant(case: &Case, wanted: Transition) -> i32 {
    let public = match wanted {
        Transition::Unschedule => &case.standing.scheduled,
        Transition::Unpublish => &case.standing.live,
        _ => &None,
    };
    public.as_ref().map_or(case.row.current_version, |public| public.version)
}

/// The approval of exactly this version.
///
/// # Errors
/// `internal` where there is none; the state machine and the schema both forbid that.
fn approval_of(tx: &mut Tx<'_>, article: Uuid, version: i32) -> Result<i64, Problem> {
    let approvals = transitions::table
        .filter(transitions::article_id.eq(article))
        .filter(transitions::version.eq(version))
        .filter(transitions::name.eq(Transition::Approve))
        .filter(transitions::to_approval.eq(Approval::Approved));
    Ok(approvals.order(transitions::id.desc()).select(transitions::id).first(tx.conn)?)
}

/// The rules on what goes with a transition, all at once.
fn check_input(
    at: DateTime<Utc>,
    case: &Case,
    wanted: Transition,
    input: &TransitionInput,
    comment: Option<&str>,
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
        let appears = input.publish_at.map_or(at, |wanted| wanted.max(at));
        if input.expires_at.is_some_and(|expiry| expiry <= appears) {
            push("/expires_at", "too_early", text("expires-too-early"));
        }
        if case.content.published_at.is_some_and(|date| date > appears) {
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
