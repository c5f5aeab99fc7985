//! What is wrong with an article as it is written, gathered so that an editor hears of all of it at once.

use crate::{
    http::{FieldError, Problem, Text, text},
    text::is_blank,
};

/// The errors found so far.
#[derive(Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// Adds one.
    pub fn push(&mut self, pointer: impl Into<String>, code: &'static str, message: Text) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    /// A line of plain text: something must be left of it, no more than so many characters, and no markup.
    pub fn line(&mut self, pointer: &str, line: Option<&str>, limit: usize) {
        let Some(line) = line else { return };
        if is_blank(line) {
            self.push(pointer, "too_short", text("too-short").with("limit", 1));
        } else if line.chars().count() > limit {
            self.push(pointer, "too_long", text("too-long").with("limit", limit));
        } else {
            self.no_markup(pointer, Some(line));
        }
    }

    /// Plain text, however long.
    pub fn no_markup(&mut self, pointer: &str, plain: Option<&str>) {
        if plain.is_some_and(ammonia::is_html) {
            self.push(pointer, "markup", text("markup"));
        }
    }

    /// Nothing, or a refusal that names them all.
    ///
    /// # Errors
    /// `validation_failed` where there are any.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::validation(self.0)) }
    }
}
