//! The workflow as data: which steps lead from where to where (docs/api.md, Workflow). Pure, no database.

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use crate::publication::Status;

/// Where the working copy stands ("Approval Status").
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::Display,
    strum::EnumIter,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Approval {
    /// Being written.
    Draft,
    /// Waiting for review.
    Pending,
    /// Passed review.
    Approved,
    /// Sent back.
    Rejected,
}

/// A step along the workflow.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::Display,
    strum::EnumIter,
    diesel::AsExpression,
    diesel::FromSqlRow,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Transition {
    /// Asks for review.
    Submit,
    /// Takes a submission back.
    Recall,
    /// Passes review.
    Approve,
    /// Sends back, with a comment.
    Reject,
    /// Makes public, now or at a time ahead.
    Publish,
    /// Calls off what was to become public.
    Unschedule,
    /// Takes from the public.
    Unpublish,
}

crate::text_enum!(Approval);
crate::text_enum!(Transition);

/// What decides which steps are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Where the working copy stands.
    pub approval: Approval,
    /// Where the public stands.
    pub status: Status,
    /// Whether a publication lies ahead.
    pub scheduled: bool,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Where the working copy stands afterwards.
    pub approval: Approval,
    /// What changes for the public.
    pub effect: Effect,
}

/// What a step changes for the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// The working copy becomes public, now or later.
    Publish,
    /// The publication that lies ahead is called off.
    Unschedule,
    /// What is public no longer is.
    Unpublish,
}

/// A step that is not possible now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed;

/// What the step does to an article that stands so.
///
/// # Errors
/// [`NotAllowed`] where the workflow has no such step from there.
pub fn step(now: State, wanted: Transition) -> Result<Next, NotAllowed> {
    use Approval::{Approved, Draft, Pending, Rejected};
    let to = |approval| Ok(Next { approval, effect: Effect::Nothing });
    let with = |effect| Ok(Next { approval: now.approval, effect });
    match (wanted, now.approval) {
        (Transition::Submit, Draft | Rejected) => to(Pending),
        (Transition::Recall, Pending) => to(Draft),
        (Transition::Approve, Pending) => to(Approved),
        (Transition::Reject, Pending) => to(Rejected),
        (Transition::Publish, Approved) => with(Effect::Publish),
        (Transition::Unschedule, _) if now.scheduled => with(Effect::Unschedule),
        (Transition::Unpublish, _) if now.status == Status::Live => with(Effect::Unpublish),
        _ => Err(NotAllowed),
    }
}

/// The steps that are possible from there.
pub fn possible(now: State) -> impl Iterator<Item = Transition> {
    Transition::iter().filter(move |wanted| step(now, *wanted).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(approval: Approval, status: Status) -> String {
        let scheduled = status == Status::Scheduled;
        possible(State { approval, status, scheduled }).map(<&str>::from).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_table_reads_like_the_contract() {
        use Approval::{Approved, Draft, Pending, Rejected};
        use Status::{Expired, Live, Scheduled, Unpublished, Withdrawn};
        for (approval, status, steps) in [
            (Draft, Unpublished, "submit"),
            (Rejected, Unpublished, "submit"),
            (Pending, Unpublished, "recall approve reject"),
            (Approved, Unpublished, "publish"),
            (Approved, Scheduled, "publish unschedule"),
            (Approved, Live, "publish unpublish"),
            (Approved, Withdrawn, "publish"),
            (Approved, Expired, "publish"),
            (Draft, Live, "submit unpublish"),
            (Draft, Scheduled, "submit unschedule"),
            (Pending, Live, "recall approve reject unpublish"),
        ] {
            assert_eq!(from(approval, status), steps, "{approval} {status}");
        }
    }

    #[test]
    fn only_review_changes_the_approval() {
        for approval in Approval::iter() {
            for status in Status::iter() {
                for scheduled in [false, true] {
                    for wanted in [Transition::Publish, Transition::Unschedule, Transition::Unpublish] {
                        if let Ok(step) = step(State { approval, status, scheduled }, wanted) {
                            assert_eq!(step.approval, approval);
                            assert_ne!(step.effect, Effect::Nothing);
                        }
                    }
                }
            }
        }
    }
}
