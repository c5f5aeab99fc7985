//! How a source is refused: a sentence on what is wrong, and one on what to do.

/// Why a source is not read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    /// What is wrong with this file.
    pub fn file(name: &str, what: impl std::fmt::Display) -> Self {
        Self(format!("{name}: {what}"))
    }
}
