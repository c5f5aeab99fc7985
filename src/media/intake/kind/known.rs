//! What a file was found to be.

use super::file_type::FileType;
use crate::media::intake::Warning;

/// What a file was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is.
    pub file_type: FileType,
    /// What editors should know of it.
    pub warnings: Vec<Warning>,
}

impl Known {
    pub(super) fn with(file_type: FileType, macros: bool, encrypted: bool) -> Self {
        let warnings = [(macros, Warning::Macros), (encrypted, Warning::Encrypted)];
        Self { file_type, warnings: warnings.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect() }
    }
}

impl From<FileType> for Known {
    fn from(file_type: FileType) -> Self {
        Self { file_type, warnings: Vec::new() }
    }
}
