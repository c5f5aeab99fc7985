//! Telling a recording from a film: both are ISO base media files, often of the same brand.

use std::fs::File;
use std::path::Path;

use super::{FileType, Refused};
use crate::media::intake::container::boxes::{children, find};

/// Says whether the file is a recording or a film.
pub(super) fn look_inside(path: &Path) -> Result<FileType, Refused> {
    let handlers = handlers(&find(&mut File::open(path)?)?.moov);
    if handlers.contains(b"vide") {
        Ok(FileType::MP4)
    } else if handlers.contains(b"soun") {
        Ok(FileType::M4A)
    } else {
        Err(Refused::Unknown)
    }
}

/// What each track holds.
fn handlers(moov: &[u8]) -> Vec<[u8; 4]> {
    let of_track = |track| children(track).filter(|(name, _)| name == b"mdia").flat_map(|(_, media)| children(media));
    children(moov)
        .filter(|(name, _)| name == b"trak")
        .flat_map(|(_, track)| of_track(track))
        .filter(|(name, _)| name == b"hdlr")
        // Version, flags and a reserved word come before the type.
        .filter_map(|(_, handler)| handler.get(8..12)?.try_into().ok())
        .collect()
}
