//! What a file is, told from its content alone.
//!
//! The name and the media type that a client sends are never looked at, but for [`FileType::named`]. What is taken is a
//! closed list; everything else is refused, with the reason where we know one. [`detect`] looks at signatures, names of
//! archive members and streams, and text; that a picture or a recording is whole is for [`super::picture::prepare`] and
//! [`super::audio::inspect`] to prove.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use infer::MatcherType;

use super::container::{tags::after_tags, webm};
use super::{Refused, Warning};

mod archive;
mod compound;
mod file_type;
mod known;
mod mp4;
mod pdf;
mod search;
#[cfg(test)]
mod tests;
mod text;
mod zip;

pub use file_type::{FileType, Kind, content_type};
pub use known::Known;

/// How much of the beginning is looked at: more than any signature needs.
const HEAD: u64 = 8 * 1024;

/// Says what a file is, or why it is not taken.
///
/// # Errors
/// [`Refused`].
pub fn detect(file: &Path) -> Result<Known, Refused> {
    let mut head = Vec::new();
    File::open(file)?.take(HEAD).read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(Refused::Empty);
    }
    match by_signature(&head) {
        Some(FileType::PDF) => return Ok(pdf::known(file)?),
        Some(known) => return Ok(known.into()),
        None => {}
    }
    if head.starts_with(b"PK\x03\x04") {
        return zip::look_inside(file, &head);
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return compound::look_inside(file);
    }
    if let Some(known) = archive::look_inside(file, &head)? {
        return Ok(known);
    }
    if head.get(4..8) == Some(b"ftyp") && !is_other_picture(&head) {
        return Ok(mp4::look_inside(file)?.into());
    }
    if head.starts_with(b"\x1A\x45\xDF\xA3") {
        return Ok(matroska(file, &head)?.into());
    }
    if head.starts_with(b"ID3") {
        return Ok(tagged(file)?.into());
    }
    // Text before other signatures: some are two letters long, and a text may begin with them ("BM", "MZ").
    let whole = (head.len() as u64) < HEAD;
    let read = text::look_inside(file, &head, whole);
    // A PDF may be made of text alone, but nothing that a browser would take for a page is one.
    if !matches!(read, Err(Refused::Markup))
        && let Some(known) = pdf::look_inside(file, &head)?
    {
        return Ok(known);
    }
    read.map(Known::from).map_err(|reason| match reason {
        Refused::Unknown | Refused::OtherEncoding => why_not(&head).unwrap_or(reason),
        _ => reason,
    })
}

/// Types that their first bytes tell. All at offset 0 or behind what readers skip: a signature that is searched for is how
/// one file comes to be two things.
fn by_signature(head: &[u8]) -> Option<FileType> {
    Some(match head {
        [0xFF, 0xD8, 0xFF, ..] => FileType::JPEG,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => FileType::PNG,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => FileType::GIF,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => FileType::WEBP,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => FileType::WAV,
        // The first packet of the first page names the codec; a film would begin with its pictures.
        [b'O', b'g', b'g', b'S', ..] => match head.get(28..)? {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => FileType::OPUS,
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => FileType::VORBIS,
            _ => return None,
        },
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => FileType::FOREIGN,
        // Two letters, a size, a reserved word of zeros, and the size of one of the headers that there are.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => {
            FileType::FOREIGN
        }
        [b'f', b'L', b'a', b'C', ..] => FileType::FLAC,
        // ADTS: twelve set bits, then a layer of 0. MPEG audio has other layers; ours is III.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => FileType::AAC,
        [0xFF, second, third, ..] if second & 0xE6 == 0xE2 && *third < 0xF0 && second & 0x18 != 0x08 => FileType::MP3,
        [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', b'0'..=b'9', ..] => FileType::PDF,
        _ if behind_blanks(head).starts_with(b"{\\rtf") => FileType::RTF,
        _ => return None,
    })
}

/// What comes after a byte order mark and blanks, which programs that send files put in front.
fn behind_blanks(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start()
}

/// A recording behind a tag that belongs to MP3, and stands before others as well. MP3 may have padding in between.
fn tagged(path: &Path) -> Result<FileType, Refused> {
    let mut file = File::open(path)?;
    let mut start = [0; 4];
    let at = after_tags(&mut file)?;
    file.seek(SeekFrom::Start(at))?;
    let read = file.read(&mut start)?;
    let behind = by_signature(&start[..read]).filter(|found| matches!(found.extension, "flac" | "aac"));
    Ok(behind.unwrap_or(FileType::MP3))
}

/// A film or a recording in WebM. Matroska is more than browsers play.
fn matroska(path: &Path, head: &[u8]) -> Result<FileType, Refused> {
    // The name of the format is among the first things of its header (RFC 8794, 11.2.3).
    let is_webm = head[..head.len().min(128)].windows(7).any(|window| window == b"\x42\x82\x84webm");
    if !is_webm {
        return Err(Refused::VideoFormat);
    }
    let moves = webm::has_pictures(path)?;
    Ok(if moves { FileType::WEBM } else { FileType::WEBA })
}

/// Whether an ISO container holds still pictures, AVIF or HEIC (ISO/IEC 23008-12, 10.2).
fn is_other_picture(head: &[u8]) -> bool {
    matches!(head.get(8..12), Some(b"avif" | b"avis" | b"heic" | b"heix" | b"hevc" | b"hevx" | b"mif1" | b"msf1"))
}

/// The reason for a type that is known and not taken.
fn why_not(head: &[u8]) -> Option<Refused> {
    if is_other_picture(head) {
        return Some(Refused::OtherPicture);
    }
    Some(match infer::get(head)?.matcher_type() {
        MatcherType::App => Refused::Program,
        MatcherType::Image => Refused::OtherPicture,
        MatcherType::Video => Refused::VideoFormat,
        MatcherType::Text => Refused::Markup,
        // Archives, fonts, books, other audio.
        _ => Refused::Unknown,
    })
}
