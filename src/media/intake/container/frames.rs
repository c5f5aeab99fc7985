//! The frames of films and recordings, counted and never decoded.

use std::io;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::errors::Error as Demuxing;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::units::{Duration, TimeBase};

use super::Refused;

/// What a file was found to hold.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Played {
    /// How long its longest track plays.
    pub(in super::super) duration_ms: u64,
    /// How many bytes its frames have.
    pub(in super::super) bytes: u64,
}

/// Goes through a file's frames. One that breaks off ends there.
pub(in super::super) fn played(reader: &mut (impl FormatReader + ?Sized)) -> Result<Played, Refused> {
    let mut ends: Vec<(u32, u64)> = reader.tracks().iter().map(|track| (track.id, 0)).collect();
    let mut bytes = 0;
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(Demuxing::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(broken(error)),
        };
        bytes += packet.data.len() as u64;
        let end = u64::try_from(packet.pts.get()).unwrap_or(0).saturating_add(packet.dur.get());
        for (_, last) in ends.iter_mut().filter(|(id, _)| *id == packet.track_id) {
            *last = end.max(*last);
        }
    }
    let longest = reader.tracks().iter().zip(&ends).filter_map(|(track, (_, end))| milliseconds_of(track, *end)).max();
    Ok(Played { duration_ms: longest.unwrap_or(0), bytes })
}

/// So many units of a track's clock, in milliseconds. Those of sound alone count its samples.
pub(in super::super) fn milliseconds_of(track: &Track, units: u64) -> Option<u64> {
    let samples = || match &track.codec_params {
        Some(CodecParameters::Audio(audio)) => TimeBase::try_from_recip(audio.sample_rate?),
        _ => None,
    };
    let time = track.time_base.or_else(samples)?.calc_duration(Duration::from(units))?;
    u64::try_from(time.as_millis()).ok()
}

/// Why a file that could not be taken apart is not taken.
pub(in super::super) fn broken(error: Demuxing) -> Refused {
    match error {
        Demuxing::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        _ => Refused::Broken,
    }
}
