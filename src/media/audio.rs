//! What is to be said of a recording.

use std::path::Path;

use lofty::config::ParseOptions;
use lofty::error::ErrorKind;
use lofty::file::{AudioFile, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::Accessor;

use super::Refused;
use crate::text;

/// What readers see of a title at most, in characters.
const MAX_TITLE: usize = 300;

/// What is known of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioInfo {
    /// How long it plays.
    pub duration_ms: u64,
    /// Kilobits a second, where the file tells.
    pub bit_rate_kbps: Option<u32>,
    /// The title among its tags, as plain text.
    pub title: Option<String>,
}

/// Reads a recording's length and title, by its content. Tags are read and bounded by `lofty`; embedded pictures are
/// not looked at.
///
/// # Errors
/// [`Refused`], also where there is nothing to hear.
pub fn inspect(path: &Path) -> Result<AudioInfo, Refused> {
    let options = ParseOptions::new().read_cover_art(false);
    let file = Probe::open(path)
        .map_err(of_lofty)?
        .options(options)
        .guess_file_type()
        .map_err(Refused::Disk)?
        .read()
        .map_err(of_lofty)?;
    let properties = file.properties();
    let duration_ms = u64::try_from(properties.duration().as_millis()).unwrap_or(u64::MAX);
    if duration_ms == 0 {
        return Err(Refused::Broken);
    }
    let title = file.primary_tag().or_else(|| file.first_tag()).and_then(|tag| {
        let title: String = text::plain(&tag.title()?).chars().take(MAX_TITLE).collect();
        (!text::is_blank(&title)).then_some(title)
    });
    let bit_rate_kbps = properties.audio_bitrate().or_else(|| properties.overall_bitrate()).filter(|rate| *rate > 0);
    Ok(AudioInfo { duration_ms, bit_rate_kbps, title })
}

fn of_lofty(error: lofty::error::LoftyError) -> Refused {
    match error.kind() {
        ErrorKind::Io(cause) if cause.kind() != std::io::ErrorKind::UnexpectedEof => {
            Refused::Disk(std::io::Error::new(cause.kind(), cause.to_string()))
        }
        ErrorKind::UnknownFormat => Refused::Unknown,
        _ => Refused::Broken,
    }
}
