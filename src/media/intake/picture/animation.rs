//! Animations: bounded in what they cost, and decoded to their end.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Encoder, MemoryLimit};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageFormat};
use img_parts::Bytes;
use img_parts::png::Png;
use img_parts::webp::{CHUNK_ANMF, WebP};

use super::Refused;
use super::limits::MAX_DECODED;

/// The most frames.
const MAX_FRAMES: usize = 2_000;

/// The most pixels of all frames together: some seconds of work.
const MAX_PIXELS: u64 = 400_000_000;

/// Writes a GIF anew, frame by frame, from the same palettes and indices. What a GIF can carry besides (comments,
/// extensions of applications, bytes after a frame's last code or after the end) does not come along.
pub(super) fn rewrite_gif(file: &[u8]) -> Result<Vec<u8>, Refused> {
    let broken = |_| Refused::Broken;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(std::num::NonZeroU64::new(MAX_DECODED).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(file).map_err(broken)?;
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    // Written to memory, so only what is in the frames can be wrong.
    let write_failed = |_| Refused::Broken;
    let mut encoder = Encoder::new(Vec::with_capacity(file.len()), decoder.width(), decoder.height(), &palette)
        .map_err(write_failed)?;
    let mut cost = Cost::default();
    while let Some(frame) = decoder.next_frame_info().map_err(broken)? {
        cost.add(frame.width, frame.height)?;
        let mut frame = frame.clone();
        if cost.frames == 1 {
            // Stands before the first frame.
            encoder.set_repeat(decoder.repeat()).map_err(write_failed)?;
        }
        let mut indices = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut indices).map_err(broken)?;
        frame.buffer = indices.into();
        // The decoder has put the rows in their order.
        frame.interlaced = false;
        encoder.write_frame(&frame).map_err(write_failed)?;
    }
    if cost.frames == 0 {
        return Err(Refused::Broken);
    }
    encoder.into_inner().map_err(|_| Refused::Broken)
}

/// Decodes all frames of an animated PNG or WebP. Answers whether the picture moves.
pub(super) fn check(file: &[u8], format: ImageFormat) -> Result<bool, Refused> {
    match format {
        // Decoded while it was rewritten.
        ImageFormat::Gif => Ok(true),
        ImageFormat::Png => {
            let chunks = Png::from_bytes(Bytes::copy_from_slice(file)).map_err(|_| Refused::Broken)?;
            if chunks.chunk_by_type(*b"acTL").is_none() {
                return Ok(false);
            }
            let frames = chunks.chunks_by_type(*b"fcTL").count();
            bound(frames, chunks.dimensions())?;
            let decoder = PngDecoder::new(Cursor::new(file)).and_then(PngDecoder::apng);
            play(decoder.map_err(|_| Refused::Broken)?)
        }
        ImageFormat::WebP => {
            let chunks = WebP::from_bytes(Bytes::copy_from_slice(file)).map_err(|_| Refused::Broken)?;
            let frames = chunks.chunks_by_id(CHUNK_ANMF).count();
            if frames == 0 {
                return Ok(false);
            }
            bound(frames, chunks.dimensions())?;
            play(WebPDecoder::new(Cursor::new(file)).map_err(|_| Refused::Broken)?)
        }
        _ => Ok(false),
    }
}

/// Each frame is drawn over the whole canvas.
fn bound(frames: usize, canvas: Option<(u32, u32)>) -> Result<(), Refused> {
    let (width, height) = canvas.ok_or(Refused::Broken)?;
    let pixels = u64::from(width) * u64::from(height);
    let frames_u64 = u64::try_from(frames).unwrap_or(u64::MAX);
    if frames > MAX_FRAMES || pixels.saturating_mul(frames_u64) > MAX_PIXELS { Err(Refused::TooLong) } else { Ok(()) }
}

fn play<'a>(animation: impl AnimationDecoder<'a>) -> Result<bool, Refused> {
    for frame in animation.into_frames() {
        frame.map_err(|_| Refused::Broken)?;
    }
    Ok(true)
}

#[derive(Default)]
struct Cost {
    frames: usize,
    pixels: u64,
}

impl Cost {
    fn add(&mut self, width: u16, height: u16) -> Result<(), Refused> {
        self.frames += 1;
        self.pixels += u64::from(width) * u64::from(height);
        if self.frames > MAX_FRAMES || self.pixels > MAX_PIXELS { Err(Refused::TooLong) } else { Ok(()) }
    }
}
