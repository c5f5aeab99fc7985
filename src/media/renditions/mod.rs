//! The sizes of a picture that pages ask for.
//!
//! A rendition is never larger than the picture: a smaller one keeps its size, and `share` then only takes its shape.
//! Each is made from the delivered original, with its colour profile, since wide-gamut photographs would else fade.

pub mod urls;

use std::fs;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, RgbImage};
use img_parts::{Bytes, ImageICC};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

use super::intake::scale::{Crop, scale};
use super::intake::{Refused, picture::codec as picture};

#[cfg(test)]
mod tests;

/// Quality of WebP renditions, of 100.
const WEBP_QUALITY: f32 = 80.0;

/// Quality of JPEG renditions, of 100.
const JPEG_QUALITY: u8 = 82;

/// The largest colour profile that is worth its bytes in a rendition: those of cameras take a few hundred, those of
/// printers a megabyte.
const MAX_PROFILE: usize = 16 * 1024;

/// What a rendition is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, EnumIter, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = RenditionPreset)]
pub enum Preset {
    /// 320 px wide: beside a line in a list.
    Thumb,
    /// 640 px wide: on a card.
    Card,
    /// 1280 px wide: at the head of an article.
    Lead,
    /// 1200 × 630 px, cropped: for link previews.
    Share,
}

/// How a rendition is encoded. Its word is the extension in addresses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, EnumIter, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// For browsers.
    Webp,
    /// For everything else; what is transparent becomes white.
    Jpg,
}

impl Format {
    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpg => "image/jpeg",
        }
    }
}

/// The rendition that a file name means: `card.webp`.
pub fn named(name: &str) -> Option<(Preset, Format)> {
    let (preset, format) = name.split_once('.')?;
    Some((preset.parse().ok()?, format.parse().ok()?))
}

/// Where the eye goes, each from 0 (left, top) to 1 (right, bottom). The middle, if nobody said.
pub type Focal = (f32, f32);

/// One rendition, made.
#[derive(Clone, Debug)]
pub struct Rendition {
    /// What it is for.
    pub preset: Preset,
    /// How it is encoded.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The size that a preset gives a picture of `original` size.
pub fn dimensions(original: (u32, u32), preset: Preset) -> (u32, u32) {
    let (_, size) = plan(original, preset, None);
    size
}

/// Makes all renditions of one picture, which is decoded once.
///
/// # Errors
/// [`Refused`], where the original is not what [`super::intake::picture::prepare`] wrote.
pub fn render_all(original: &Path, focal: Option<Focal>) -> Result<Vec<Rendition>, Refused> {
    let original = Original::read(original)?;
    let mut made = Vec::new();
    for preset in Preset::iter() {
        let scaled = original.scale(preset, focal)?;
        for format in Format::iter() {
            let bytes = original.encode(&scaled, format)?;
            made.push(Rendition { preset, format, width: scaled.width(), height: scaled.height(), bytes });
        }
    }
    Ok(made)
}

/// The longest side, in pixels: what WebP can hold. JPEG has the same sizes, so that `srcset` may mix them.
const MAX_SIDE: u32 = 16_383;

/// The part that is shown and the size at which. What is very long keeps its shape and is made as long as it can be.
fn plan((width, height): (u32, u32), preset: Preset, focal: Option<Focal>) -> (Crop, (u32, u32)) {
    const SHARE: (u32, u32) = (1200, 630);
    let whole = Crop::whole(width, height);
    let to_width = |target: u32| {
        let (width, height) = if width <= target { (width, height) } else { (target, share_of(height, target, width)) };
        let size = if height <= MAX_SIDE { (width, height) } else { (share_of(width, MAX_SIDE, height), MAX_SIDE) };
        (whole, size)
    };
    match preset {
        Preset::Thumb => to_width(320),
        Preset::Card => to_width(640),
        Preset::Lead => to_width(1280),
        Preset::Share => {
            let crop_width = width.min(share_of(height, SHARE.0, SHARE.1));
            let crop_height = height.min(share_of(width, SHARE.1, SHARE.0));
            let (x, y) = focal.unwrap_or((0.5, 0.5));
            let crop = Crop {
                left: offset(width, crop_width, x),
                top: offset(height, crop_height, y),
                width: crop_width,
                height: crop_height,
            };
            (crop, if crop_width >= SHARE.0 { SHARE } else { (crop_width, crop_height) })
        }
    }
}

/// `side * part / whole`, rounded, at least one pixel.
fn share_of(side: u32, part: u32, whole: u32) -> u32 {
    let (side, part, whole) = (u64::from(side), u64::from(part), u64::from(whole.max(1)));
    u32::try_from((side * part + whole / 2) / whole).unwrap_or(u32::MAX).max(1)
}

/// Where a crop begins so that the focal point is as near its middle as the picture allows.
fn offset(side: u32, crop: u32, focal: f32) -> u32 {
    let focal = if focal.is_finite() { f64::from(focal).clamp(0.0, 1.0) } else { 0.5 };
    let wanted = (f64::from(side) * focal - f64::from(crop) / 2.0).round();
    // Within a picture's side, so that the cast loses nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let left = wanted.clamp(0.0, f64::from(side - crop)) as u32;
    left
}

/// The decoded original.
struct Original {
    picture: DynamicImage,
    profile: Option<Vec<u8>>,
}

impl Original {
    fn read(path: &Path) -> Result<Self, Refused> {
        let file = fs::read(path)?;
        let format = image::guess_format(&file).map_err(|_| Refused::Unknown)?;
        let mut decoder = picture::open(&file, format)?;
        let profile = decoder.icc_profile().ok().flatten();
        let decoded = picture::decode(decoder)?;
        let profile = profile.filter(|profile| profile.len() <= MAX_PROFILE && picture::fits(profile, &decoded));
        // A grey profile does not fit the three channels that WebP has.
        let profile = profile.filter(|_| decoded.color().has_color());
        let picture = if decoded.color().has_alpha() {
            DynamicImage::ImageRgba8(decoded.into_rgba8())
        } else {
            DynamicImage::ImageRgb8(decoded.into_rgb8())
        };
        Ok(Self { picture, profile })
    }

    fn scale(&self, preset: Preset, focal: Option<Focal>) -> Result<DynamicImage, Refused> {
        let (crop, size) = plan((self.picture.width(), self.picture.height()), preset, focal);
        scale(&self.picture, crop, size).ok_or(Refused::Broken)
    }

    fn encode(&self, scaled: &DynamicImage, format: Format) -> Result<Vec<u8>, Refused> {
        match format {
            Format::Webp => self.webp(scaled),
            Format::Jpg => picture::jpeg(&on_white(scaled), JPEG_QUALITY, self.profile.as_deref()),
        }
    }

    fn webp(&self, scaled: &DynamicImage) -> Result<Vec<u8>, Refused> {
        let (width, height) = (scaled.width(), scaled.height());
        let encoder = match scaled {
            DynamicImage::ImageRgba8(pixels) => webp::Encoder::from_rgba(pixels, width, height),
            _ => webp::Encoder::from_rgb(scaled.as_bytes(), width, height),
        };
        let encoded = encoder.encode_simple(false, WEBP_QUALITY).map_err(|_| Refused::TooLarge)?;
        let Some(profile) = &self.profile else { return Ok(encoded.to_vec()) };
        let mut parts =
            img_parts::webp::WebP::from_bytes(Bytes::copy_from_slice(&encoded)).map_err(|_| Refused::Broken)?;
        parts.set_icc_profile(Some(Bytes::copy_from_slice(profile)));
        Ok(parts.encoder().bytes().to_vec())
    }
}

/// The picture as it looks on a white page.
fn on_white(picture: &DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(picture) = picture else { return picture.clone() };
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let alpha = u32::from(from.0[3]);
        for (to, from) in to.0.iter_mut().zip(from.0) {
            // A mean of two bytes is a byte.
            *to = u8::try_from((u32::from(from) * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX);
        }
    }
    DynamicImage::ImageRgb8(flat)
}
