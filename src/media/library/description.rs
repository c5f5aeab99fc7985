//! What people say of a file: plain text.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::{FocalPoint, MediaRow};
use crate::{
    http::{FieldError, Problem, schema, text},
    text::{is_blank, plain},
};

/// What can be said of a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MediaPatch)]
pub struct Description {
    /// What it is called in the library.
    #[schema(min_length = 1, max_length = 300)]
    pub title: Option<String>,
    /// What a picture shows, for those who do not see it.
    #[schema(min_length = 1, max_length = 500, example = "Bộ phận một cửa của tỉnh")]
    pub alt: Option<String>,
    /// The line beneath it.
    #[schema(min_length = 1, max_length = 500)]
    pub caption: Option<String>,
    /// Whose work it is.
    #[schema(min_length = 1, max_length = 200, example = "Trung tâm Văn hóa tỉnh")]
    pub credit: Option<String>,
    /// Under what terms it may be used.
    #[schema(min_length = 1, max_length = 200, example = "CC BY 4.0")]
    pub licence: Option<String>,
    /// Where the eye goes in a picture.
    pub focal_point: Option<FocalPoint>,
}

/// The fields of a form that say something of the file beside them.
pub const FORM_FIELDS: [&str; 5] = ["title", "alt", "caption", "credit", "licence"];

impl Description {
    /// What a record says.
    pub fn of(row: &MediaRow) -> Self {
        Self {
            title: row.title.clone(),
            alt: row.alt.clone(),
            caption: row.caption.clone(),
            credit: row.credit.clone(),
            licence: row.licence.clone(),
            focal_point: row.focal().map(|(x, y)| FocalPoint { x, y }),
        }
    }

    /// What a form says. A field that was left empty says nothing.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn of_form(fields: Map<String, Value>) -> Result<Self, Problem> {
        let said = fields.into_iter().filter(|(_, value)| value != "");
        schema::read::<Self>(&Value::Object(said.collect()))?.plain()
    }

    /// The same as plain text: each field a line as it is stored, without markup.
    ///
    /// # Errors
    /// `validation_failed` where a line holds markup or nothing to see.
    pub fn plain(mut self) -> Result<Self, Problem> {
        let lines = [
            ("/title", &mut self.title),
            ("/alt", &mut self.alt),
            ("/caption", &mut self.caption),
            ("/credit", &mut self.credit),
            ("/licence", &mut self.licence),
        ];
        let mut errors = Vec::new();
        for (pointer, line) in lines {
            let Some(line) = line else { continue };
            *line = plain(line);
            if is_blank(line) {
                errors.push(FieldError::new(pointer, "too_short", text("too-short").with("limit", 1)));
            } else if ammonia::is_html(line) {
                errors.push(FieldError::new(pointer, "markup", text("markup")));
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(Problem::validation(errors)) }
    }
}
