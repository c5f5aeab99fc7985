//! Texts out of what SharePoint's and Word's editors leave around them.
//!
//! - [`mod@unwrap`]: a body without the debris, for the cleaner that all bodies go through.
//!   [`mod@tags`] is what it does with each tag.
//! - [`mod@plain`]: the text alone, for fields that hold no HTML.
//! - [`mod@cut`]: the beginning of a body that is too long.

mod cut;
mod plain;
mod tags;
mod unwrap;

pub use cut::cut;
pub use plain::plain_text;
pub use unwrap::unwrapped;

use super::report::{Loss, LossCode};
use crate::text::{Players, Removed, clean_body_with, is_bearable, removed};

/// A body as it is kept, and what the cleaner takes from it: one loss for each kind of thing.
///
/// What is debris alone (classes, fonts, Word's own elements) goes without a word.
pub fn cleaned(html: &str, players: &Players) -> (String, Vec<Loss>) {
    let without_debris = unwrapped(html);
    let lost = |sample: &str| Loss::new(LossCode::MarkupRemoved, "body", sample);
    let losses = if is_bearable(&without_debris) {
        let told = removed(&without_debris, players).into_iter();
        told.map(|Removed { what, count, sample }| {
            let times = if count > 1 { format!(" ×{count}") } else { String::new() };
            lost(&format!("{what}{times}{}", sample.map(|sample| format!(": {sample}")).unwrap_or_default()))
        })
        .collect()
    } else {
        vec![lost("markup: too deep")]
    };
    let clean = clean_body_with(&without_debris, players);
    // What held a frame, or a style that is not kept, may be empty now.
    let tidy = unwrapped(&clean);
    (if tidy == clean { clean } else { clean_body_with(&tidy, players) }, losses)
}

#[cfg(test)]
mod tests;
