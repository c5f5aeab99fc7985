//! What a person may do with an article now, and why not the rest: for the buttons of an editor's screen.

use serde::Serialize;
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use super::four_eyes::{Hand, require_fresh_eyes};
use crate::{
    access::{Permission, Principal, Subject},
    http::{Code, Problem, text},
    newsroom::{
        article::ArticleRow,
        machine::{self, State, Transition},
    },
    publication::Standing,
};

/// A transition that is not open to the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockedTransition)]
pub struct Blocked {
    /// The transition.
    pub name: Transition,
    /// What trying it would be refused with.
    pub code: Code,
    /// The same, for people, in the client's language.
    pub detail: String,
}

/// What one must be permitted to take this step.
fn permission(transition: Transition) -> Permission {
    match transition {
        Transition::Submit | Transition::Recall => Permission::Edit,
        Transition::Approve | Transition::Reject => Permission::Review,
        Transition::Publish | Transition::Unschedule | Transition::Unpublish => Permission::Publish,
    }
}

/// Refuses whoever may not take this step with this article. Under a review its stage says who decides. The right over what is public is asked for wherever that is
/// filed, and where the working copy is: moving the one does not move the other.
///
/// # Errors
/// `forbidden`.
pub fn require(who: &Principal, wanted: Transition, row: &ArticleRow, standing: &Standing) -> Result<(), Problem> {
    match permission(wanted) {
        Permission::Publish => require_over_public(who, row, standing),
        Permission::Review => match row.under_review() {
            Some(review) => review.require_decider(who, row.subject()),
            None => who.require(Permission::Review, row.subject()),
        },
        other => who.require(other, row.subject()),
    }
}

/// Refuses whoever may not publish where the working copy, what is public and what is to become so are filed.
///
/// # Errors
/// `forbidden`.
pub fn require_over_public(who: &Principal, row: &ArticleRow, standing: &Standing) -> Result<(), Problem> {
    who.require(Permission::Publish, row.subject())?;
    standing
        .ahead_or_live()
        .try_for_each(|public| who.require(Permission::Publish, Subject { category: public.category, ..row.subject() }))
}

/// The transitions that are open to this person, and those that are not.
pub fn of(
    who: &Principal,
    row: &ArticleRow,
    standing: &Standing,
    edited_by_them: bool,
) -> (Vec<Transition>, Vec<Blocked>) {
    let (mut allowed, mut blocked) = (Vec::new(), Vec::new());
    for name in Transition::iter() {
        match obstacle(who, row, standing, edited_by_them, name) {
            None => allowed.push(name),
            Some(problem) => blocked.push(Blocked { name, code: problem.code(), detail: problem.detail() }),
        }
    }
    (allowed, blocked)
}

fn obstacle(
    who: &Principal,
    row: &ArticleRow,
    standing: &Standing,
    edited_by_them: bool,
    wanted: Transition,
) -> Option<Problem> {
    if let Err(problem) = require(who, wanted, row, standing) {
        return Some(problem);
    }
    let state = row.state(standing);
    if machine::step(state, wanted).is_err() {
        return Some(not_allowed(state, wanted));
    }
    match wanted {
        Transition::Approve | Transition::Reject => {
            let hand = Hand::of(who, row.under_review()?, edited_by_them, wanted);
            // Nobody overrides a rejection.
            let overrides = who.four_eyes_override && wanted == Transition::Approve;
            require_fresh_eyes(who, hand, overrides, Some("")).err()
        }
        // What it misses is told to whoever tries.
        Transition::Submit if !row.complete => Some(Problem::validation(Vec::new())),
        _ => None,
    }
}

/// The refusal of a step that the workflow does not have from where the article stands.
pub fn not_allowed(now: State, wanted: Transition) -> Problem {
    let possible: Vec<String> = machine::possible(now).map(|transition| transition.to_string()).collect();
    let detail = text("transition-not-allowed")
        .with("transition", wanted)
        .with("approval", now.approval)
        .with("status", now.status);
    Problem::new(Code::TransitionNotAllowed, detail).with_member("allowed_transitions", possible)
}
