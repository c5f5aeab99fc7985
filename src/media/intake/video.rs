//! What is to be said of a film, and whether browsers play it.
//!
//! Nothing is decoded and nothing rewritten, so what is taken is what every browser of today plays by itself: MP4 with
//! H.264 and AAC, WebM with VP8 or VP9 and Vorbis or Opus.

use std::path::Path;

use super::{FileType, Refused};

mod info;
mod mp4;
mod webm;

pub use info::VideoInfo;

/// Reads a film's size and length, by its content.
///
/// # Errors
/// [`Refused`], also for pictures or sound in a form that not all browsers play.
pub fn inspect(path: &Path, file_type: FileType) -> Result<VideoInfo, Refused> {
    let info = if file_type.mime == "video/webm" { webm::inspect(path) } else { mp4::inspect(path) }?;
    if info.width == 0 || info.height == 0 || info.duration_ms == 0 { Err(Refused::Broken) } else { Ok(info) }
}
