//! What is delivered of an uploaded picture: the picture, and nothing that came along with it.
//!
//! - The size that the header declares is checked before anything is decoded: at most [`MAX_PIXELS`] in all, whatever the
//!   sides, and [`MAX_DECODED`] bytes. Decoders have the same limits.
//! - Place, camera, author, thumbnails, comments and whatever follows the picture's end are dropped without touching a
//!   pixel. The colour profile stays: without it colours would be wrong.
//! - A picture that its EXIF data says to turn is turned, since that data goes: JPEG is encoded again at quality
//!   [`TURNED_QUALITY`], PNG and WebP without loss.
//! - A JPEG without its end is mended, and so is one with something behind it. One that only few programs read, or that
//!   does not say where it ends, is encoded again.
//! - TIFF and BMP, which browsers do not show, become PNG or JPEG.
//! - What is delivered is decoded once to its end, so that no half picture gets in.

use std::fs;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat};
use img_parts::ImageICC;
use img_parts::jpeg::Jpeg;

use super::{FileType, Refused};

mod animation;
pub(crate) mod codec;
mod foreign;
mod impression;
mod limits;
mod scans;
mod strip;
#[cfg(test)]
mod tests;
mod whole;

pub use codec::TURNED_QUALITY;
pub use limits::{MAX_DECODED, MAX_PIXELS};

use codec::{decode, encode, open};

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

/// Checks the picture at `input` and writes what is delivered of it to `output`, in the same format where browsers show
/// that. Says which it is.
///
/// # Errors
/// [`Refused`]; then nothing is written, unless it was the disk that failed.
pub fn prepare(input: &Path, output: &Path) -> Result<(FileType, PictureInfo), Refused> {
    let file = fs::read(input)?;
    let (file_type, picture, bytes) = match image::guess_format(&file).map_err(|_| Refused::Unknown)? {
        ImageFormat::Jpeg => of_jpeg(file)?,
        format @ (ImageFormat::Tiff | ImageFormat::Bmp) => of_foreign(&file, format)?,
        format => of_other(file, format)?,
    };
    fs::write(output, bytes)?;
    let small = impression::Small::of(&picture)?;
    let (width, height) = (picture.width(), picture.height());
    let info = PictureInfo { width, height, dominant_colour: small.dominant_colour(), blurhash: small.blurhash() };
    Ok((file_type, info))
}

/// What is delivered: what it is, its pixels, its bytes.
type Prepared = (FileType, DynamicImage, Vec<u8>);

fn of_foreign(file: &[u8], format: ImageFormat) -> Result<Prepared, Refused> {
    let mut decoded = foreign::still(file, format)?;
    let (file_type, bytes) = foreign::delivered(&mut decoded)?;
    Ok((file_type, decoded.picture, bytes))
}

fn of_jpeg(file: Vec<u8>) -> Result<Prepared, Refused> {
    let stripped = strip::jpeg(&file)?;
    drop(file);
    let (mut picture, anew) = whole::picture(&stripped)?;
    let orientation = stripped.exif.as_deref().and_then(Orientation::from_exif_chunk);
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    if orientation == Orientation::NoTransforms && !anew {
        return Ok((FileType::JPEG, picture, stripped.bytes));
    }
    picture.apply_orientation(orientation);
    let parts = Jpeg::from_bytes(stripped.bytes.into()).ok();
    let profile = parts.and_then(|parts| parts.icc_profile()).map(|profile| profile.to_vec());
    let bytes = encode(&picture, ImageFormat::Jpeg, profile)?;
    Ok((FileType::JPEG, picture, bytes))
}

fn of_other(file: Vec<u8>, format: ImageFormat) -> Result<Prepared, Refused> {
    let mut decoder = open(&file, format)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    drop(decoder);
    let (file_type, clean) = match format {
        ImageFormat::Png => (FileType::PNG, strip::png(&file)?),
        ImageFormat::WebP => (FileType::WEBP, strip::webp(&file)?),
        ImageFormat::Gif => (FileType::GIF, animation::rewrite_gif(&file)?),
        _ => return Err(Refused::OtherPicture),
    };
    drop(file);
    let moves = animation::check(&clean, format)?;
    let mut picture = decode(open(&clean, format)?)?;
    // No viewer turns an animation.
    if orientation == Orientation::NoTransforms || moves {
        return Ok((file_type, picture, clean));
    }
    picture.apply_orientation(orientation);
    let turned = encode(&picture, format, profile)?;
    Ok((file_type, picture, turned))
}
