//! MP4 (ISO/IEC 14496-12 and -14). Of the film's own description some boxes are read, never the table of its frames.

use std::fs::File;
use std::path::Path;

use super::info::milliseconds;
use super::{Refused, VideoInfo};
use crate::media::intake::container::boxes::{self, Found, child, children, word};

/// The kinds of sound that an `mp4a` may be (ISO/IEC 14496-1, table 5) and browsers play: AAC and MP3.
const SOUND: [u8; 5] = [0x40, 0x66, 0x67, 0x69, 0x6B];

/// Baseline, Main, Extended, High: eight bits a channel, at half the resolution for colours (ITU-T H.264, annex A).
/// Cameras also write others, which only some browsers play.
const PROFILES: [u8; 4] = [66, 77, 88, 100];

pub(super) fn inspect(path: &Path) -> Result<VideoInfo, Refused> {
    let mut file = File::open(path)?;
    let Found { moov, after } = boxes::find(&mut file)?;
    let mut tracks: Vec<Track<'_>> =
        children(&moov).filter(|(name, _)| name == b"trak").filter_map(|(_, track)| Track::read(track)).collect();
    // Where none is enabled, all are meant.
    if tracks.iter().any(|track| track.enabled) {
        tracks.retain(|track| track.enabled);
    }
    // Subtitles, chapters, times, places: what is neither seen nor heard does no harm.
    tracks.retain(|track| matches!(&track.handler, b"vide" | b"soun"));
    if !tracks.iter().all(Track::is_played) {
        return Err(Refused::VideoFormat);
    }
    let pictures = tracks.iter().find(|track| track.handler == *b"vide").ok_or(Refused::VideoFormat)?;
    let (width, height) = pictures.displayed().ok_or(Refused::Broken)?;
    let duration_ms = match duration(&moov) {
        Some(duration_ms) => {
            boxes::check_frames(&mut file, after)?;
            duration_ms
        }
        None => {
            let units = boxes::fragments(&mut file, after, pictures.id, each_frame(&moov, pictures.id).unwrap_or(0))?;
            milliseconds(units, pictures.clock.into()).ok_or(Refused::Broken)?
        }
    };
    Ok(VideoInfo { width, height, duration_ms })
}

/// What a film says of its length, in one place or the other: those in fragments may not say it at all.
fn duration(moov: &[u8]) -> Option<u64> {
    let header = child(moov, b"mvhd")?;
    let (clock, units) = clock(header)?;
    let said = |units| milliseconds(units, clock.into()).filter(|duration| *duration > 0);
    said(units).or_else(|| {
        let whole = child(child(moov, b"mvex")?, b"mehd")?;
        said(if whole.first() == Some(&1) { long(whole, 4)? } else { word(whole, 4)?.into() })
    })
}

/// The clock of a header and the length that it gives (8.2.2 and 8.4.2): two dates stand before them. All ones say that
/// the length is not known.
fn clock(header: &[u8]) -> Option<(u32, u64)> {
    if header.first() == Some(&1) {
        Some((word(header, 20)?, Some(long(header, 24)?).filter(|units| *units != u64::MAX).unwrap_or(0)))
    } else {
        Some((word(header, 12)?, Some(word(header, 16)?).filter(|units| *units != u32::MAX).unwrap_or(0).into()))
    }
}

/// How long a frame of that track takes in fragments that do not say it.
fn each_frame(moov: &[u8], track: u32) -> Option<u32> {
    let of_tracks = children(child(moov, b"mvex")?).filter(|(name, _)| name == b"trex");
    of_tracks.filter(|(_, said)| word(said, 4) == Some(track)).find_map(|(_, said)| word(said, 12))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(word(bytes, at)?) << 32 | u64::from(word(bytes, at + 4)?))
}

/// What the description says of a track.
struct Track<'a> {
    enabled: bool,
    id: u32,
    handler: [u8; 4],
    /// Units a second.
    clock: u32,
    /// How it is coded.
    codec: [u8; 4],
    /// What the codec wants to know.
    entry: &'a [u8],
    /// From the matrix to the height.
    shape: &'a [u8],
}

impl<'a> Track<'a> {
    fn read(track: &'a [u8]) -> Option<Self> {
        let (header, media) = (child(track, b"tkhd")?, child(track, b"mdia")?);
        // Dates and length have twice the room in version 1.
        let (id, rest) = if header.first() == Some(&1) { (word(header, 20)?, 36) } else { (word(header, 12)?, 24) };
        let (clock, _) = clock(child(media, b"mdhd")?)?;
        let descriptions = child(child(child(media, b"minf")?, b"stbl")?, b"stsd")?;
        let (codec, entry) = children(descriptions.get(8..)?).next()?;
        Some(Self {
            enabled: word(header, 0)? & 1 == 1,
            id,
            handler: child(media, b"hdlr")?.get(8..12)?.try_into().ok()?,
            clock,
            codec,
            entry,
            shape: header.get(rest + 16..)?,
        })
    }

    /// Whether all browsers play it.
    fn is_played(&self) -> bool {
        match &self.codec {
            b"avc1" | b"avc3" => self.profile().is_some_and(|profile| PROFILES.contains(&profile)),
            b"mp4a" => self.kind_of_sound().is_some_and(|kind| SOUND.contains(&kind)),
            b".mp3" => true,
            _ => false,
        }
    }

    /// The profile of H.264, which its settings name (ISO/IEC 14496-15, 5.3.3).
    fn profile(&self) -> Option<u8> {
        child(self.entry.get(78..)?, b"avcC")?.get(1).copied()
    }

    /// What kind of sound an `mp4a` is: descriptors within descriptors say it (ISO/IEC 14496-1, 7.2.6).
    fn kind_of_sound(&self) -> Option<u8> {
        // QuickTime's second version of this entry says more before it comes to that.
        let before = if self.entry.get(8..10)? == [0, 1] { 44 } else { 28 };
        let boxes = self.entry.get(before..)?;
        let said = child(boxes, b"esds").or_else(|| child(child(boxes, b"wave")?, b"esds"))?;
        let stream = descriptor(said.get(4..)?, 3)?;
        let flags = *stream.get(2)?;
        let url = if flags & 0x40 == 0 { 0 } else { 1 + usize::from(*stream.get(3)?) };
        let before = 3 + if flags & 0x80 == 0 { 0 } else { 2 } + url + if flags & 0x20 == 0 { 0 } else { 2 };
        descriptor(stream.get(before..)?, 4)?.first().copied()
    }

    /// The size as displayed: pixels need not be square, and telephones turn their films by the matrix.
    fn displayed(&self) -> Option<(u32, u32)> {
        let (shown, coded) = ((word(self.shape, 36)? >> 16, word(self.shape, 40)? >> 16), word(self.entry, 24)?);
        let (width, height) = if shown.0 == 0 || shown.1 == 0 { (coded >> 16, coded & 0xFFFF) } else { shown };
        let turned = word(self.shape, 0)? == 0 && word(self.shape, 16)? == 0;
        Some(if turned { (height, width) } else { (width, height) })
    }
}

/// The content of the descriptor with that tag, if it comes first. Its length is written seven bits a byte.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(&[tag])?;
    for _ in 0..4 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        if byte & 0x80 == 0 {
            return Some(rest);
        }
    }
    None
}
