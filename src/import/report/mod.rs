//! What became of each item, and what could not be kept of it.
//!
//! - [`files`]: the report as a folder of files, written while the import runs.
//! - [`totals`]: how many of each, and the first of them.
//! - [`summary`]: the page that people read, in Vietnamese and in English; [`words`]: what is said there of each loss.

mod files;
mod summary;
mod totals;
mod words;

use serde::Serialize;
use strum::{Display, EnumIter, IntoStaticStr};
use uuid::Uuid;

pub use files::Report;
pub use totals::{Facts, Totals};

/// What became of an item.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its number in the list.
    pub item: i64,
    /// What was done with it.
    pub action: Action,
    /// The article that it is here, if it is one.
    pub article: Option<Uuid>,
    /// What it is called.
    pub title: Option<String>,
    /// Why it was refused, or what the conflict is.
    pub reason: Option<String>,
    /// What could not be kept.
    pub losses: Vec<Loss>,
}

/// What is done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, EnumIter, IntoStaticStr, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// It became an article.
    Created,
    /// It had changed there only, and so changed here.
    Updated,
    /// It is here already, as it is there.
    Skipped,
    /// It changed there and here too: ours stays.
    Conflict,
    /// It is nothing that becomes an article.
    Refused,
    /// It is here, and no longer there: it stays.
    Gone,
}

/// Something that could not be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// What happened.
    pub code: LossCode,
    /// The field of the article that it happened to, as clients know it; `versions` for its past.
    pub field: String,
    /// What it was, cut short.
    pub sample: String,
}

impl Loss {
    /// The longest sample, in characters.
    const SAMPLE: usize = 120;

    /// A loss of this field.
    pub fn new(code: LossCode, field: impl Into<String>, sample: &str) -> Self {
        let sample = sample.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { code, field: field.into(), sample: sample.chars().take(Self::SAMPLE).collect() }
    }
}

/// How something can get lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, EnumIter, IntoStaticStr, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LossCode {
    /// A file is not in the bundle, or is none that the library takes.
    MediaMissing,
    /// A link to an item that is not there.
    LinkUnresolved,
    /// A keyword that cannot be one, or one too many.
    TagDropped,
    /// A text longer than its field.
    TextCut,
    /// Somebody whom nobody knows any more.
    UserUnknown,
    /// A term whose label nobody knows.
    TermUnlabelled,
    /// A date that can be read in two ways, or in none.
    DateAmbiguous,
    /// A version that the source does not have.
    VersionMissing,
    /// Letters that an export turned into question marks.
    QuestionMarks,
    /// What was public there lacks what it needs to be so here, and stands as a draft.
    NotPublished,
    /// Markup that the cleaner does not let through.
    MarkupRemoved,
}
