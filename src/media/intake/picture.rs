//! What is delivered of an uploaded picture: the picture, and nothing that came along with it.
//!
//! - The size that the header declares is checked before anything is decoded: at most [`MAX_SIDE`] pixels a side,
//!   [`MAX_PIXELS`] in all, [`MAX_DECODED`] bytes. Decoders have the same limits.
//! - Place, camera, author, thumbnails, comments and whatever follows the picture's end are dropped without touching a
//!   pixel. The colour profile stays: without it colours would be wrong.
//! - A picture that its EXIF data says to turn is turned, since that data goes: JPEG is encoded again at quality
//!   [`TURNED_QUALITY`], PNG and WebP without loss.
//! - What is delivered is decoded once to its end, so that no half picture gets in.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits};
use jpeg_encoder::{ColorType, SamplingFactor};

use super::Refused;

mod animation;
mod impression;
mod limits;
mod strip;
#[cfg(test)]
mod tests;

pub use limits::{MAX_DECODED, MAX_PIXELS, MAX_SIDE};

/// JPEG quality of a picture that had to be turned.
pub const TURNED_QUALITY: u8 = 95;

/// What is known of a picture once it is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureInfo {
    /// In pixels, as displayed.
    pub width: u32,
    /// In pixels, as displayed.
    pub height: u32,
    /// The colour that most of it has, `#rrggbb`: what to show until it is there.
    pub dominant_colour: String,
    /// A blurred impression of it (<https://blurha.sh>), 4 × 3 components.
    pub blurhash: String,
}

/// Checks the picture at `input` and writes what is delivered of it to `output`, in the same format.
///
/// # Errors
/// [`Refused`]; then nothing is written, unless it was the disk that failed.
pub fn prepare(input: &Path, output: &Path) -> Result<PictureInfo, Refused> {
    let file = fs::read(input)?;
    let format = image::guess_format(&file).map_err(|_| Refused::Unknown)?;
    let mut decoder = open(&file, format)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    drop(decoder);

    let clean = match format {
        ImageFormat::Jpeg => strip::jpeg(&file),
        ImageFormat::Png => strip::png(&file),
        ImageFormat::WebP => strip::webp(&file),
        ImageFormat::Gif => animation::rewrite_gif(&file),
        _ => Err(Refused::OtherPicture),
    }?;
    drop(file);
    let moves = animation::check(&clean, format)?;
    let mut picture = decode(open(&clean, format)?)?;
    // No viewer turns an animation.
    let turned = if orientation == Orientation::NoTransforms || moves {
        None
    } else {
        picture.apply_orientation(orientation);
        Some(encode(&picture, format, profile)?)
    };
    fs::write(output, turned.as_ref().unwrap_or(&clean))?;

    let small = impression::Small::of(&picture)?;
    Ok(PictureInfo {
        width: picture.width(),
        height: picture.height(),
        dominant_colour: small.dominant_colour(),
        blurhash: small.blurhash(),
    })
}

/// A decoder for the picture, once its header has passed the limits.
pub(crate) fn open(file: &[u8], format: ImageFormat) -> Result<impl ImageDecoder + '_, Refused> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    // Above the decoded picture itself, since decoders count their working memory too.
    limits.max_alloc = Some(2 * MAX_DECODED);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(of_decoder)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED {
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
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Refused::Disk(error),
        _ => Refused::Broken,
    }
}

/// The turned picture in its format, with its colour profile where that still fits.
fn encode(picture: &DynamicImage, format: ImageFormat, profile: Option<Vec<u8>>) -> Result<Vec<u8>, Refused> {
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
    // Not with optimised Huffman tables: those come in a scan for each channel, see [`Refused::SeparateScans`].
    let (grey, rgb);
    let (pixels, colours): (&[u8], _) = if matches!(picture, DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_))
    {
        grey = picture.to_luma8();
        (&grey, ColorType::Luma)
    } else {
        rgb = picture.to_rgb8();
        (&rgb, ColorType::Rgb)
    };
    // Neither side is beyond MAX_SIDE, which is within a JPEG's 65,535.
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
