//! Decoding within the limits, and encoding.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits};
use jpeg_encoder::{ColorType, SamplingFactor};

use super::Refused;
use super::limits::{self, MAX_DECODED};

/// JPEG quality of a picture that had to be turned.
pub const TURNED_QUALITY: u8 = 95;

/// A decoder for the picture, once its header has passed the limits.
pub(crate) fn open(file: &[u8], format: ImageFormat) -> Result<impl ImageDecoder + '_, Refused> {
    let mut memory = Limits::default();
    // Above the decoded picture itself, since decoders count their working memory too.
    memory.max_alloc = Some(2 * MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(memory);
    let decoder = reader.into_decoder().map_err(of_decoder)?;
    let (width, height) = decoder.dimensions();
    limits::check(width, height)?;
    if decoder.total_bytes() > MAX_DECODED {
        return Err(Refused::TooLarge);
    }
    Ok(decoder)
}

/// The pixels. Of an animation, its first frame.
pub(crate) fn decode(decoder: impl ImageDecoder) -> Result<DynamicImage, Refused> {
    DynamicImage::from_decoder(decoder).map_err(of_decoder)
}

fn of_decoder(error: ImageError) -> Refused {
    match error {
        ImageError::Limits(_) => Refused::TooLarge,
        ImageError::Unsupported(_) => Refused::NotDecoded,
        // Also what it calls an error of reading or writing: it reads memory, and writes there.
        _ => Refused::Broken,
    }
}

/// The picture in this format, with its colour profile where that still fits.
pub(super) fn encode(
    picture: &DynamicImage,
    format: ImageFormat,
    profile: Option<Vec<u8>>,
) -> Result<Vec<u8>, Refused> {
    let profile = profile.filter(|profile| fits(profile, picture));
    let mut out = Vec::new();
    let encoded = match format {
        ImageFormat::Jpeg => return jpeg(picture, TURNED_QUALITY, profile.as_deref()),
        ImageFormat::Png => {
            let mut encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
            // Fails only where a format has no place for profiles, as below.
            profile.map(|profile| encoder.set_icc_profile(profile));
            picture.write_with_encoder(encoder)
        }
        _ => {
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            profile.map(|profile| encoder.set_icc_profile(profile));
            picture.write_with_encoder(encoder)
        }
    };
    encoded.map_err(of_decoder)?;
    Ok(out)
}

/// Encodes the picture as JPEG, its transparent parts on white.
pub(crate) fn jpeg(picture: &DynamicImage, quality: u8, profile: Option<&[u8]>) -> Result<Vec<u8>, Refused> {
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    // Not with optimised Huffman tables: those come in a scan for each channel, which our first decoder gets wrong.
    let (grey, rgb);
    let (pixels, colours): (&[u8], _) = if matches!(picture, DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_))
    {
        grey = picture.to_luma8();
        (&grey, ColorType::Luma)
    } else {
        rgb = picture.to_rgb8();
        (&rgb, ColorType::Rgb)
    };
    // No side of a JPEG is beyond 65,535.
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| Refused::TooLarge);
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let with_profile = profile.map_or(Ok(()), |profile| encoder.add_icc_profile(profile));
    with_profile.and_then(|()| encoder.encode(pixels, width, height, colours)).map_err(|_| Refused::Broken)?;
    Ok(out)
}

/// Whether a colour profile is one for the channels that the decoded picture has: those of CMYK pictures are not, since
/// they are decoded to RGB (ICC.1, 7.2.6: data colour space, at byte 16).
pub(crate) fn fits(profile: &[u8], picture: &DynamicImage) -> bool {
    let wanted: &[u8] = if picture.color().has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(wanted)
}
