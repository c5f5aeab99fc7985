//! What is to be said of a recording.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::Accessor;

use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{AdtsReader, FlacReader, MkvReader, MpaReader};

use super::container::{
    frames::{Played, broken, played},
    tags::after_tags,
};
use super::{FileType, Refused};
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
pub fn inspect(path: &Path, file_type: FileType) -> Result<AudioInfo, Refused> {
    let info = match count(path, file_type)? {
        Some(counted) if file_type.mime == "audio/webm" => counted,
        Some(counted) => AudioInfo { title: described(path)?.title, ..counted },
        None => described(path)?,
    };
    if info.duration_ms == 0 { Err(Refused::Broken) } else { Ok(info) }
}

/// What the file says of itself.
fn described(path: &Path) -> Result<AudioInfo, Refused> {
    let file = BufReader::new(File::open(path)?);
    let probe = Probe::new(file).options(ParseOptions::new().read_cover_art(false)).guess_file_type()?;
    let file =
        probe.read().map_err(|error| if error.is_unknown_format() { Refused::Unknown } else { Refused::Broken })?;
    let properties = file.properties();
    let duration_ms = u64::try_from(properties.duration().as_millis()).unwrap_or(u64::MAX);
    let title = file.primary_tag().or_else(|| file.first_tag()).and_then(|tag| {
        let title: String = text::plain(&tag.title()?).chars().take(MAX_TITLE).collect();
        (!text::is_blank(&title)).then_some(title)
    });
    let bit_rate_kbps = properties.audio_bitrate().or_else(|| properties.overall_bitrate()).filter(|rate| *rate > 0);
    Ok(AudioInfo { duration_ms, bit_rate_kbps, title })
}

/// What there is to hear, frame by frame and without decoding any, for files that do not say how long they are, or say it
/// in a place that may lie: their size and the rate of one frame tell little where rates vary.
fn count(path: &Path, file_type: FileType) -> Result<Option<AudioInfo>, Refused> {
    let mut file = File::open(path)?;
    let start = after_tags(&mut file)?;
    file.seek(SeekFrom::Start(start))?;
    let source = MediaSourceStream::new(Box::new(file), Default::default());
    let options = Default::default;
    let mut reader: Box<dyn FormatReader> = match file_type.mime {
        "audio/mpeg" => Box::new(MpaReader::try_new(source, options()).map_err(broken)?),
        "audio/aac" => Box::new(AdtsReader::try_new(source, options()).map_err(broken)?),
        "audio/flac" => Box::new(FlacReader::try_new(source, options()).map_err(broken)?),
        "audio/webm" => Box::new(MkvReader::try_new(source, options()).map_err(broken)?),
        _ => return Ok(None),
    };
    let Played { duration_ms, bytes } = played(&mut *reader)?;
    let rate = (bytes * 8 + duration_ms / 2).checked_div(duration_ms).and_then(|rate| u32::try_from(rate).ok());
    Ok(Some(AudioInfo { duration_ms, bit_rate_kbps: rate.filter(|rate| *rate > 0), title: None }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::media::intake::kind;

    fn inspected(bytes: &[u8]) -> Result<AudioInfo, Refused> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        inspect(file.path(), kind::detect(file.path())?.file_type)
    }

    /// Silence: MPEG 1, layer III, 128 kbit/s, 44,100 Hz; 417 bytes and 26 ms a frame.
    fn mp3(frames: usize) -> Vec<u8> {
        let mut frame = vec![0; 417];
        frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x90, 0x00]);
        frame.repeat(frames)
    }

    #[test]
    fn an_mp3_tells_its_length_and_title() {
        // ID3v2.3 with one TIT2 frame in UTF-16.
        let title: Vec<u8> = "\u{FEFF}Bản tin\u{0}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let text_len = u8::try_from(title.len() + 1).unwrap();
        let mut file = b"ID3\x03\0\0\0\0\0".to_vec();
        file.push(text_len + 10);
        file.extend(b"TIT2\0\0\0");
        file.extend([text_len, 0, 0, 1]);
        file.extend(title);
        file.extend(mp3(100));

        let info = inspected(&file).unwrap();

        assert!((2_500..2_700).contains(&info.duration_ms), "{info:?}");
        assert_eq!(info.bit_rate_kbps, Some(128));
        assert_eq!(info.title.as_deref(), Some("Bản tin"));
    }

    #[test]
    fn a_wav_tells_its_length() {
        let (rate, samples) = (8_000_u32, vec![0x80; 8_000]);
        let mut file = b"RIFF".to_vec();
        file.extend((36 + 8_000_u32).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        file.extend(rate.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend(b"\x01\0\x08\0data");
        file.extend(8_000_u32.to_le_bytes());
        file.extend(samples);

        let info = inspected(&file).unwrap();

        assert_eq!((info.duration_ms, info.title), (1_000, None));
    }

    #[test]
    fn what_cannot_be_heard_is_refused() {
        assert!(matches!(inspected(b"ID3\x03\0\0\0\0\0\0<script>"), Err(Refused::Unknown | Refused::Broken)));
        assert!(matches!(inspected(b"RIFF\x04\0\0\0WAVE"), Err(Refused::Broken)));
        assert!(matches!(inspected(b"Not sound at all"), Err(Refused::Unknown)));
    }
}
