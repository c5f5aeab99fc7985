//! Whether a JPEG has all of its picture, and those that our first decoder does not read.
//!
//! Decoders fill with grey what is missing, as browsers do, and say nothing. What comes behind the last bit of a whole
//! picture, though, is never looked at: so it is decoded twice, with different bytes there. Where that makes a
//! difference, something is missing.

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

use super::Refused;
use super::codec::{decode, open};
use super::limits::{self, MAX_DECODED};
use super::strip::Stripped;

/// Bits that mean something else than the zeros that decoders put behind the end. None make a marker.
const OTHERWISE: [u8; 64] = [0xA9; 64];

/// The picture of a stripped JPEG, and whether it has to be encoded anew.
pub(super) fn picture(file: &Stripped) -> Result<(DynamicImage, bool), Refused> {
    let read = |file: &[u8]| decode(open(file, ImageFormat::Jpeg)?);
    // What the first decoder does not know, or gets wrong, the other one reads.
    let usual = if file.unusual { Err(Refused::NotDecoded) } else { read(&file.bytes) };
    let (picture, continued, anew) = match usual {
        Ok(picture) => (picture, read(&continued(file)), !file.has_end),
        Err(Refused::NotDecoded) => (other(&file.bytes)?, other(&continued(file)), true),
        Err(refused) => return Err(refused),
    };
    if continued? == picture { Ok((picture, anew)) } else { Err(Refused::Broken) }
}

/// The same file with other bytes behind its last scan.
fn continued(file: &Stripped) -> Vec<u8> {
    [&file.bytes[..file.end], &OTHERWISE, &[0xFF, 0xD9]].concat()
}

/// Decodes a JPEG with a decoder that is slower and knows more: channels in separate scans, and any sampling.
fn other(file: &[u8]) -> Result<DynamicImage, Refused> {
    use jpeg_decoder::PixelFormat::{L8, RGB24};
    let mut decoder = jpeg_decoder::Decoder::new(file);
    decoder.set_max_decoding_buffer_size(usize::try_from(MAX_DECODED).unwrap_or(usize::MAX));
    decoder.read_info().map_err(|_| Refused::Broken)?;
    let info = decoder.info().ok_or(Refused::Broken)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    limits::check(width, height)?;
    let pixels = decoder.decode().map_err(|_| Refused::Broken)?;
    match info.pixel_format {
        L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => return Err(Refused::NotDecoded),
    }
    .ok_or(Refused::Broken)
}
