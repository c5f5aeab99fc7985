//! WebM.

use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::formats::{FormatReader, Track, TrackType};

use super::{Refused, VideoInfo};
use crate::media::intake::container::{
    frames::{milliseconds_of, played},
    webm::open,
};

pub(super) fn inspect(path: &Path) -> Result<VideoInfo, Refused> {
    let mut reader = open(path)?;
    let pictures = reader.first_track(TrackType::Video).ok_or(Refused::Broken)?;
    let Some(CodecParameters::Video(video)) = &pictures.codec_params else { return Err(Refused::Broken) };
    let (width, height) = video.width.zip(video.height).ok_or(Refused::Broken)?;
    // What a browser records says of itself only that it has no end.
    let said = reader.tracks().iter().filter_map(duration).max();
    let duration_ms = match said {
        Some(milliseconds) => milliseconds,
        None => played(&mut reader)?.duration_ms,
    };
    Ok(VideoInfo { width: width.into(), height: height.into(), duration_ms })
}

fn duration(track: &Track) -> Option<u64> {
    milliseconds_of(track, track.duration?.get()).filter(|milliseconds| *milliseconds > 0)
}
