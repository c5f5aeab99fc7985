//! The setting that says what people see at the printed address.

use std::{path::PathBuf, str::FromStr};

/// Whose pages are shown at `/portal/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortalChoice {
    /// Nobody's.
    Off,
    /// Those that come with the program.
    On,
    /// Those of this folder.
    Folder(PathBuf),
}

impl FromStr for PortalChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "off" => Self::Off,
            "on" => Self::On,
            folder => Self::Folder(folder.into()),
        })
    }
}
