//! Matroska, of which WebM is the part that browsers play.

use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::codecs::video::well_known::{CODEC_ID_VP8, CODEC_ID_VP9};
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::MkvReader;

use super::{Refused, frames::broken};

/// Whether a WebM has pictures, once its tracks are known to be such as browsers play.
pub(in super::super) fn has_pictures(path: &Path) -> Result<bool, Refused> {
    let reader = open(path)?;
    let (mut pictures, mut sound) = (false, false);
    for track in reader.tracks() {
        match &track.codec_params {
            Some(CodecParameters::Video(video)) if matches!(video.codec, CODEC_ID_VP8 | CODEC_ID_VP9) => {
                pictures = true;
            }
            Some(CodecParameters::Audio(audio)) if matches!(audio.codec, CODEC_ID_OPUS | CODEC_ID_VORBIS) => {
                sound = true;
            }
            Some(CodecParameters::Subtitle(_)) => {}
            _ => return Err(Refused::VideoFormat),
        }
    }
    if pictures || sound { Ok(pictures) } else { Err(Refused::Broken) }
}

/// Reads what a file says of its tracks.
pub(in super::super) fn open(path: &Path) -> Result<MkvReader<'static>, Refused> {
    let source = MediaSourceStream::new(Box::new(File::open(path)?), Default::default());
    MkvReader::try_new(source, Default::default()).map_err(broken)
}
