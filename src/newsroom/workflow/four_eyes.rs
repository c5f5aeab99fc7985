//! The four-eyes rule: whoever edited any version since the last published one may not approve, whatever roles they hold;
//! and nobody decides twice in one review.

use crate::{
    access::Principal,
    http::{Code, Problem, text},
    newsroom::{machine::Transition, review::Review},
};

/// What keeps somebody from deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// They wrote part of it.
    Edited,
    /// They have decided a stage before.
    Decided,
}

impl Hand {
    /// That of somebody who wants to decide. Whoever edited may send back, for that makes nothing public.
    pub fn of(who: &Principal, review: &Review, edited_by_them: bool, wanted: Transition) -> Option<Self> {
        if edited_by_them && wanted == Transition::Approve {
            Some(Self::Edited)
        } else {
            review.was_decided_by(who.id).then_some(Self::Decided)
        }
    }
}

/// Refuses a decision by somebody who had a hand in it, unless they hold the override and use it, with a comment. Answers
/// whether the rule was overridden.
///
/// # Errors
/// `four_eyes`; `validation_failed` for an override without a comment.
pub fn require_fresh_eyes(
    who: &Principal,
    hand: Option<Hand>,
    asks_override: bool,
    comment: Option<&str>,
) -> Result<bool, Problem> {
    let Some(hand) = hand else { return Ok(false) };
    if !(asks_override && who.four_eyes_override) {
        let detail = match hand {
            Hand::Edited => text("four-eyes"),
            Hand::Decided => text("decided-before"),
        };
        return Err(Problem::new(Code::FourEyes, detail));
    }
    if comment.is_none() {
        return Err(Problem::invalid("/comment", "required", text("comment-required")));
    }
    Ok(true)
}
