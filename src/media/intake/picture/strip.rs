//! Takes everything out of a picture file that is not the picture, leaving each pixel as it was.
//!
//! What stays is a closed list: a kind of chunk that nobody thought of is dropped.

use img_parts::png::Png;
use img_parts::webp::{self, WebP};
use img_parts::{Bytes, ImageEXIF, ImageICC};

use super::Refused;
use super::scans::Scans;

/// Photographs have up to a dozen scans. Each is a pass over the whole picture, so that thousands in a small file would
/// keep a decoder busy for minutes.
const MAX_SCANS: usize = 100;

/// A JPEG with what belongs to it.
pub(super) struct Stripped {
    pub(super) bytes: Vec<u8>,
    /// Where its last scan ends.
    pub(super) end: usize,
    /// Whether it said so itself. If not, other things may stand behind the picture that look like more of it.
    pub(super) has_end: bool,
    /// Whether our first decoder would get it wrong.
    pub(super) unusual: bool,
    /// What the camera said of it, which is not among the bytes.
    pub(super) exif: Option<Vec<u8>>,
}

/// A JPEG with its frames, tables, scans and colour profile (ITU-T T.81, B.1). Scans are walked too: segments may stand
/// between them, and the picture ends at the first end-of-image marker, after which anything might follow. Where there is
/// none it ends with the file, but for zeros in place of what did not arrive.
pub(super) fn jpeg(file: &[u8]) -> Result<Stripped, Refused> {
    const SOI: u8 = 0xD8;
    const EOI: u8 = 0xD9;
    const SOS: u8 = 0xDA;

    let mut rest = file.strip_prefix(&[0xFF, SOI]).ok_or(Refused::Broken)?;
    let mut out = Vec::with_capacity(file.len());
    out.extend([0xFF, SOI]);
    let (mut scans, mut end, mut exif) = (Scans::default(), 0, None);
    loop {
        // Bytes between segments mean nothing; any number of 0xFF may stand before a marker.
        let at = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF));
        let marker = at.map_or(EOI, |at| rest[at + 1]);
        rest = &rest[at.map_or(rest.len(), |at| at + 2)..];
        match marker {
            EOI if scans.are_all(at.is_some()) => {
                out.extend([0xFF, EOI]);
                let (has_end, unusual) = (at.is_some(), scans.are_unusual());
                return Ok(Stripped { bytes: out, end, has_end, unusual, exif });
            }
            EOI => return Err(Refused::Broken),
            // Markers without content: nothing of theirs belongs here.
            0x01 | 0xD0..=SOI => continue,
            _ => {}
        }
        let length = rest.get(..2).map(|length| usize::from(u16::from_be_bytes([length[0], length[1]])));
        let content = length.and_then(|length| rest.get(2..length)).ok_or(Refused::Broken)?;
        rest = &rest[content.len() + 2..];
        if marker == 0xE1 && exif.is_none() {
            exif = content.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec);
        }
        scans.note_segment(marker, content);
        if let Some(kept) = segment(marker, content) {
            // A segment came with such a length and was at most made shorter.
            let length = u16::try_from(kept.len() + 2).map_err(|_| Refused::Broken)?;
            out.extend([0xFF, marker]);
            out.extend(length.to_be_bytes());
            out.extend(kept);
        }
        if marker == SOS {
            scans.note_scan(content);
            if scans.count > MAX_SCANS {
                return Err(Refused::TooLarge);
            }
            let entropy = entropy_len(rest);
            out.extend(&rest[..entropy]);
            rest = &rest[entropy..];
            end = out.len();
        }
    }
}

/// What is kept of a segment.
fn segment(marker: u8, content: &[u8]) -> Option<Vec<u8>> {
    match marker {
        // Frames, tables, scans. 0xC8 is reserved.
        0xC0..=0xC7 | 0xC9..=0xCF | 0xDA..=0xDF => Some(content.to_vec()),
        // JFIF, for the density; its thumbnail may show what was cut from the picture.
        0xE0 if content.starts_with(b"JFIF\0") => {
            let mut kept = content.get(..12)?.to_vec();
            kept.extend([0, 0]);
            Some(kept)
        }
        0xE2 if content.starts_with(b"ICC_PROFILE\0") => Some(content.to_vec()),
        // Says how colours are coded, without which they would be wrong.
        0xEE if content.starts_with(b"Adobe") => content.get(..12).map(<[u8]>::to_vec),
        _ => None,
    }
}

/// How long a scan's data are: up to the next marker that is neither a stuffed zero nor a restart, or to what is left of a
/// file that broke off.
fn entropy_len(bytes: &[u8]) -> usize {
    let marker = bytes.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7));
    let is_filling = |byte: &u8| matches!(byte, 0x00 | 0xFF);
    marker.unwrap_or_else(|| bytes.iter().rposition(|byte| !is_filling(byte)).map_or(0, |last| last + 1))
}

/// A PNG, still or animated, with what its pixels and their colours need.
pub(super) fn png(file: &[u8]) -> Result<Vec<u8>, Refused> {
    const KEPT: [&[u8; 4]; 18] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
        b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT",
    ];
    let mut png = Png::from_bytes(Bytes::copy_from_slice(file)).map_err(|_| Refused::Broken)?;
    if png.chunks().last().is_none_or(|chunk| chunk.kind() != *b"IEND") {
        return Err(Refused::Broken);
    }
    png.chunks_mut().retain(|chunk| KEPT.contains(&&chunk.kind()));
    Ok(png.encoder().bytes().to_vec())
}

/// A WebP, still or animated, with its picture data and colour profile.
pub(super) fn webp(file: &[u8]) -> Result<Vec<u8>, Refused> {
    const KEPT: [[u8; 4]; 7] = [
        webp::CHUNK_VP8,
        webp::CHUNK_VP8L,
        webp::CHUNK_VP8X,
        webp::CHUNK_ALPH,
        webp::CHUNK_ANIM,
        webp::CHUNK_ANMF,
        webp::CHUNK_ICCP,
    ];
    let mut webp = WebP::from_bytes(Bytes::copy_from_slice(file)).map_err(|_| Refused::Broken)?;
    webp.chunks_mut().retain(|chunk| KEPT.contains(&chunk.id()));
    // Setting either writes the header's flags anew.
    webp.set_exif(None);
    let profile = webp.icc_profile();
    webp.set_icc_profile(profile);
    Ok(webp.encoder().bytes().to_vec())
}
