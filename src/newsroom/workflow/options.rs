//! What a person may do with an article now, and why not the rest: for the buttons of an editor's screen.

use serde::Serialize;
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use super::{
    machine::{self, Transition},
    requirements,
};
use crate::{
    access::{Permission, Principal},
    content::Content,
    http::{Code, Problem},
    newsroom::articles::store::ArticleRow,
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

impl Transition {
    /// What one must be permitted to do this.
    pub fn permission(self) -> Permission {
        match self {
            Self::Submit | Self::Recall => Permission::Edit,
            Self::Approve | Self::Reject => Permission::Review,
            Self::Publish | Self::Unschedule | Self::Unpublish => Permission::Publish,
        }
    }
}

/// What decides which transitions are possible for an article that stands so.
pub fn machine_standing(row: &ArticleRow, standing: &Standing) -> machine::Standing {
    machine::Standing { approval: row.approval, status: standing.status, scheduled: standing.scheduled.is_some() }
}

/// The transitions that are open to this person, and those that are not.
pub fn of(
    who: &Principal,
    row: &ArticleRow,
    content: &Content,
    standing: &Standing,
    edited_by_actor: bool,
) -> (Vec<Transition>, Vec<Blocked>) {
    let (mut allowed, mut blocked) = (Vec::new(), Vec::new());
    for name in Transition::iter() {
        match obstacle(who, row, content, standing, edited_by_actor, name) {
            None => allowed.push(name),
            Some(problem) => blocked.push(Blocked { name, code: problem.code(), detail: problem.detail() }),
        }
    }
    (allowed, blocked)
}

fn obstacle(
    who: &Principal,
    row: &ArticleRow,
    content: &Content,
    standing: &Standing,
    edited_by_actor: bool,
    wanted: Transition,
) -> Option<Problem> {
    if let Err(problem) = who.require(wanted.permission(), row.subject()) {
        return Some(problem);
    }
    if machine::step(machine_standing(row, standing), wanted).is_err() {
        return Some(not_allowed(row, standing, wanted));
    }
    match wanted {
        Transition::Approve => {
            super::review::require_fresh_eyes(who, edited_by_actor, who.four_eyes_override, Some("")).err()
        }
        Transition::Submit => requirements::check(content).err(),
        _ => None,
    }
}

/// The refusal of a step that the workflow does not have from where the article stands.
pub fn not_allowed(row: &ArticleRow, standing: &Standing, wanted: Transition) -> Problem {
    let now = machine_standing(row, standing);
    let possible: Vec<String> = machine::possible(now).map(|transition| transition.to_string()).collect();
    let detail = crate::http::text("transition-not-allowed")
        .with("transition", wanted)
        .with("approval", row.approval)
        .with("status", standing.status);
    Problem::new(Code::TransitionNotAllowed, detail).with_member("allowed_transitions", possible)
}
