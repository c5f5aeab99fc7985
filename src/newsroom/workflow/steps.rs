//! Taking a step along the workflow: what is asked before, and what it does.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
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
    content::Errors,
    db::{Tx, schema::transitions},
    http::{Problem, text},
    newsroom::{
        article::{Case, edited_since},
        desk::{Desk, Step, record},
        files,
        machine::{self, Approval, Effect, Transition},
        requirements,
        review::Review,
    },
    publication::{self, Publish, standing},
    text::plain,
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
    /// With `publish` of what was public before: what was wrong in that, told to readers from then on. Plain text.
    #[schema(min_length = 1, max_length = 1000, example = "Bản trước ghi sai ngày tiếp công dân: đúng là ngày 15.")]
    pub correction: Option<String>,
    /// With `publish`: until when it is urgent, at most 48 hours from its appearance.
    pub urgent_until: Option<DateTime<Utc>>,
    /// With `unpublish`: what readers are told in its place. Plain text.
    #[schema(min_length = 1, max_length = 1000, example = "Thông báo được thu hồi vì đã hết hiệu lực.")]
    pub notice: Option<String>,
    /// With `approve`: override the four-eyes rule. Needs a permission that no role holds.
    #[serde(default, rename = "override")]
    #[schema(default = false)]
    pub overriding: bool,
}

/// The longest correction or notice, in characters.
const LONGEST_NOTE: usize = 1000;
/// For how long something may be urgent.
const LONGEST_URGENT: TimeDelta = TimeDelta::hours(48);

impl TransitionInput {
    /// The same as it is kept: texts in a line, moments to the microsecond.
    fn cleaned(&self) -> Self {
        let line = |text: &Option<String>| text.as_deref().map(plain);
        let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.trunc_subsecs(6));
        let Self { comment, publish_at, expires_at, correction, urgent_until, notice, overriding } = self;
        let comment = comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty()).map(str::to_owned);
        Self {
            comment,
            publish_at: moment(*publish_at),
            expires_at: moment(*expires_at),
            correction: line(correction),
            urgent_until: moment(*urgent_until),
            notice: line(notice),
            overriding: *overriding,
        }
    }
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
    let input = input.cleaned();
    let comment = input.comment.as_deref();
    let decision = match wanted {
        Transition::Approve | Transition::Reject => Decision::of(by, case, wanted, &input)?,
        _ => None,
    };
    check_input(by.at, case, wanted, &input)?;
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
    let step = Step {
        version: version_meant(case, wanted),
        name: wanted,
        to: if decision.as_ref().is_some_and(|decision| decision.leads_to.is_some()) {
            Approval::Pending
        } else {
            next.approval
        },
        comment,
        publish_at: input.publish_at,
        expires_at: input.expires_at,
        overridden: decision.as_ref().is_some_and(|decision| decision.overridden),
        stage: decision.as_ref().map(|decision| &*decision.stage),
        review_id: decision.as_ref().and_then(|decision| decision.review),
        correction: input.correction.as_deref(),
        notice: input.notice.as_deref(),
        urgent_until: input.urgent_until,
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
    fn of(by: By<'_>, case: &Case, wanted: Transition, input: &TransitionInput) -> Result<Option<Self>, Problem> {
        let Some(review) = case.row.under_review() else { return Ok(None) };
        let Some(stage) = review.current() else { return Ok(None) };
        let hand = Hand::of(by.who, review, edited_since(&case.edits, by.who.id, &case.standing), wanted);
        let overridden = require_fresh_eyes(by.who, hand, input.overriding, input.comment.as_deref())?;
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
                correction: step.correction,
                urgent_until: step.urgent_until,
            };
            publication::publish(desk, stamp, publication.id, &case.standing, &publish)?;
        }
        Effect::Unschedule => publication::unschedule(desk, stamp, &case.standing)?,
        Effect::Unpublish => publication::unpublish(desk, stamp, &case.standing, step.notice)?,
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
fn check_input(at: DateTime<Utc>, case: &Case, wanted: Transition, input: &TransitionInput) -> Result<(), Problem> {
    let mut errors = Errors::default();
    errors.line("/correction", input.correction.as_deref(), LONGEST_NOTE);
    errors.line("/notice", input.notice.as_deref(), LONGEST_NOTE);
    let mut push = |pointer: &str, code, message| errors.push(pointer, code, message);
    if wanted == Transition::Reject && input.comment.is_none() {
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
        if input.correction.is_some() && case.standing.first_published_at.is_none() {
            push("/correction", "nothing_to_correct", text("nothing-to-correct"));
        }
        if input.urgent_until.is_some_and(|until| until <= appears) {
            push("/urgent_until", "too_early", text("expires-too-early"));
        }
        let latest = appears.checked_add_signed(LONGEST_URGENT).unwrap_or(appears);
        if input.urgent_until.is_some_and(|until| until > latest) {
            push("/urgent_until", "too_late", text("urgent-too-long").with("hours", LONGEST_URGENT.num_hours()));
        }
    } else {
        for (pointer, given) in [
            ("/publish_at", input.publish_at.is_some()),
            ("/expires_at", input.expires_at.is_some()),
            ("/correction", input.correction.is_some()),
            ("/urgent_until", input.urgent_until.is_some()),
        ] {
            if given {
                push(pointer, "not_applicable", text("not-applicable"));
            }
        }
    }
    if wanted != Transition::Unpublish && input.notice.is_some() {
        push("/notice", "not_applicable", text("not-applicable"));
    }
    errors.into_result()
}
