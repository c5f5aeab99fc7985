//! Boxes of ISO base media files (ISO/IEC 14496-12): films and recordings. What describes a film stands before or behind
//! it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::Refused;

/// The description of a film of many hours takes some megabytes.
const MAX_MOOV: u64 = 32 * 1024 * 1024;

/// More boxes than any file has at its outermost level, but for streams cut into fragments.
const MAX_BOXES: usize = 100_000;

/// The size of a box that has none.
const TO_THE_END: u64 = u64::MAX;

/// The description of one fragment.
const MAX_MOOF: u64 = 1024 * 1024;

/// What describes a film or a recording.
pub(in super::super) struct Found {
    /// The content of its `moov` box.
    pub(in super::super) moov: Vec<u8>,
    /// Where the next box begins.
    pub(in super::super) after: u64,
}

/// Looks for the description.
pub(in super::super) fn find(file: &mut File) -> Result<Found, Refused> {
    let length = file.metadata()?.len();
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let (name, size, header_len) = outer(file, at)?;
        if name == *b"moov" {
            let content = size.saturating_sub(header_len);
            if content > MAX_MOOV && content <= length {
                return Err(Refused::VideoFormat);
            }
            if content > length.saturating_sub(at + header_len) && size != TO_THE_END {
                return Err(Refused::Broken);
            }
            file.seek(SeekFrom::Start(at + header_len))?;
            return Ok(Found { moov: read_some(file, content.min(MAX_MOOV))?, after: at.saturating_add(size) });
        }
        at = at.checked_add(size).ok_or(Refused::Broken)?;
    }
    Err(Refused::Broken)
}

/// Makes sure that what the description describes is there to its end, from `at` on. What stands behind it does not matter.
pub(in super::super) fn check_frames(file: &mut File, mut at: u64) -> Result<(), Refused> {
    let length = file.metadata()?.len();
    for _ in 0..MAX_BOXES {
        let Ok((name, size, _)) = outer(file, at) else { break };
        let end = at.saturating_add(size);
        if name == *b"mdat" && end > length && size != TO_THE_END {
            return Err(Refused::Broken);
        }
        at = end;
    }
    Ok(())
}

/// How long the fragments from `at` on make a track, in its own units. Each frame takes `each` units unless it says
/// otherwise.
pub(in super::super) fn fragments(file: &mut File, mut at: u64, track: u32, each: u32) -> Result<u64, Refused> {
    let (length, mut sum) = (file.metadata()?.len(), 0_u64);
    for _ in 0..MAX_BOXES {
        if at >= length {
            return Ok(sum);
        }
        let (name, size, header_len) = outer(file, at)?;
        if name == *b"moof" {
            file.seek(SeekFrom::Start(at + header_len))?;
            let fragment = read_some(file, size.saturating_sub(header_len).min(MAX_MOOF))?;
            for (_, of_track) in children(&fragment).filter(|(name, _)| name == b"traf") {
                sum = sum.saturating_add(fragment_of(of_track, track, each).unwrap_or(0));
            }
        }
        at = at.checked_add(size).ok_or(Refused::Broken)?;
    }
    Err(Refused::VideoFormat)
}

/// How long a fragment makes the track, if it is one of it (8.8.7 and 8.8.8 of the standard).
fn fragment_of(bytes: &[u8], track: u32, each: u32) -> Option<u64> {
    let header = child(bytes, b"tfhd")?;
    if word(header, 4)? != track {
        return None;
    }
    let flags = word(header, 0)?;
    // Before its own default an offset and the number of a description may stand.
    let before = if flags & 1 == 1 { 8 } else { 0 } + if flags & 2 == 2 { 4 } else { 0 };
    let each = if flags & 8 == 8 { word(header, 8 + before)? } else { each };
    let runs = children(bytes).filter(|(name, _)| name == b"trun");
    Some(runs.filter_map(|(_, run)| run_of(run, each)).fold(0, u64::saturating_add))
}

fn run_of(run: &[u8], each: u32) -> Option<u64> {
    let (flags, frames) = (word(run, 0)?, word(run, 4)?);
    if flags & 0x100 == 0 {
        return Some(u64::from(frames) * u64::from(each));
    }
    let before = 8 + 4 * (flags & 0x05).count_ones() as usize;
    // Of each frame up to four things are said, the first of which is how long it takes.
    let stride = 4 * (flags & 0xF00).count_ones() as usize;
    let said = run.get(before..)?.chunks_exact(stride).take(frames as usize);
    Some(said.filter_map(|frame| word(frame, 0)).map(u64::from).sum())
}

/// Four bytes as a number.
pub(in super::super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The box that begins there.
fn outer(file: &mut File, at: u64) -> Result<([u8; 4], u64, u64), Refused> {
    file.seek(SeekFrom::Start(at))?;
    let header = read_header(&read_some(file, 16)?).ok_or(Refused::Broken)?;
    if header.1 < header.2 { Err(Refused::Broken) } else { Ok(header) }
}

/// Reads up to `limit` bytes from where the file stands.
fn read_some(file: &mut File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A box's name, its whole size and the size of its header.
fn read_header(bytes: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let name = bytes.get(4..8)?.try_into().ok()?;
    match size {
        0 => Some((name, TO_THE_END, 8)),
        1 => Some((name, u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?), 16)),
        _ => Some((name, u64::from(size), 8)),
    }
}

/// The content of the first box of that name in a box.
pub(in super::super) fn child<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(bytes).find(|(name, _)| name == wanted).map(|(_, content)| content)
}

/// The boxes in a box. Ends at the first that does not fit.
pub(in super::super) fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, size, header_len) = read_header(bytes)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len());
        let content = bytes.get(usize::try_from(header_len).ok()?..size)?;
        bytes = &bytes[size..];
        Some((name, content))
    })
}
