//! Telling a recording from a film: both are ISO base media files (ISO/IEC 14496-12), often of the same brand.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::Refused;

/// The description of a recording of many hours takes a few megabytes.
const MAX_MOOV: u64 = 16 * 1024 * 1024;

/// More boxes than any file has at its outermost level, but for streams cut into fragments.
const MAX_BOXES: usize = 100_000;

/// Makes sure that the file has sound and no pictures.
pub(super) fn look_inside(path: &Path) -> Result<(), Refused> {
    let mut file = File::open(path)?;
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        file.seek(SeekFrom::Start(at))?;
        let header = read_some(&mut file, 16)?;
        let Some((name, size, header_len)) = read_header(&header) else { return Err(Refused::Broken) };
        if name == *b"moov" {
            file.seek(SeekFrom::Start(at + header_len))?;
            let moov = read_some(&mut file, size.saturating_sub(header_len).min(MAX_MOOV))?;
            return judge(&handlers(&moov));
        }
        if size < header_len {
            return Err(Refused::Broken);
        }
        at = at.checked_add(size).ok_or(Refused::Broken)?;
    }
    Err(Refused::Broken)
}

/// Reads up to `limit` bytes from where the file stands.
fn read_some(file: &mut File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn judge(handlers: &[[u8; 4]]) -> Result<(), Refused> {
    if handlers.contains(b"vide") {
        Err(Refused::Video)
    } else if handlers.contains(b"soun") {
        Ok(())
    } else {
        Err(Refused::Unknown)
    }
}

/// A box's name, its whole size and the size of its header.
fn read_header(bytes: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let name = bytes.get(4..8)?.try_into().ok()?;
    match size {
        0 => Some((name, u64::MAX, 8)), // to the end of the file
        1 => Some((name, u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?), 16)),
        _ => Some((name, u64::from(size), 8)),
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

/// The boxes in a box. Ends at the first that does not fit.
fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, size, header_len) = read_header(bytes)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len());
        let content = bytes.get(usize::try_from(header_len).ok()?..size)?;
        bytes = &bytes[size..];
        Some((name, content))
    })
}
