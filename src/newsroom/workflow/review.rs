//! The four-eyes rule: whoever edited any version since the last published one may not approve, whatever roles
//! they hold.

use crate::{
    access::Principal,
    http::{Code, Problem, text},
};

/// Refuses an approval by somebody who had a hand in the text, unless they hold the override and use it, with a
/// comment. Answers whether the rule was overridden.
///
/// # Errors
/// `four_eyes`; `validation_failed` for an override without a comment.
pub fn require_fresh_eyes(
    who: &Principal,
    edited_by_them: bool,
    asks_override: bool,
    comment: Option<&str>,
) -> Result<bool, Problem> {
    if !edited_by_them {
        return Ok(false);
    }
    if !(asks_override && who.four_eyes_override) {
        return Err(Problem::new(Code::FourEyes, text("four-eyes")));
    }
    if comment.is_none() {
        return Err(Problem::invalid("/comment", "required", text("comment-required")));
    }
    Ok(true)
}
