//! Scaling, in one place: the functions beneath are generic and compiled here, for each type of picture that they are used
//! with. For all thirteen types that took two minutes of a release build, for our two a third of it.

use fast_image_resize::images::{Image, TypedImageRef};
use fast_image_resize::pixels::{U8x3, U8x4};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage, RgbaImage};

/// A part of a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crop {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Crop {
    /// All of it.
    pub(crate) fn whole(width: u32, height: u32) -> Self {
        Self { left: 0, top: 0, width, height }
    }
}

/// The part of the picture at another size, with 8 bits a channel (Lanczos3). What is transparent does not bleed its colour
/// into what is not. `None` for a part that is not within the picture.
pub(crate) fn scale(picture: &DynamicImage, crop: Crop, (width, height): (u32, u32)) -> Option<DynamicImage> {
    let (from_width, from_height) = (picture.width(), picture.height());
    let (left, top) = (f64::from(crop.left), f64::from(crop.top));
    let options = ResizeOptions::new().crop(left, top, f64::from(crop.width), f64::from(crop.height));
    match picture {
        DynamicImage::ImageRgb8(pixels) => {
            let source = TypedImageRef::<U8x3>::from_buffer(from_width, from_height, pixels).ok()?;
            let mut scaled = Image::new(width, height, PixelType::U8x3);
            Resizer::new().resize_typed(&source, &mut scaled.typed_image_mut::<U8x3>()?, &options).ok()?;
            RgbImage::from_raw(width, height, scaled.into_vec()).map(Into::into)
        }
        DynamicImage::ImageRgba8(pixels) => {
            let source = TypedImageRef::<U8x4>::from_buffer(from_width, from_height, pixels).ok()?;
            let mut scaled = Image::new(width, height, PixelType::U8x4);
            Resizer::new().resize_typed(&source, &mut scaled.typed_image_mut::<U8x4>()?, &options).ok()?;
            RgbaImage::from_raw(width, height, scaled.into_vec()).map(Into::into)
        }
        other if other.color().has_alpha() => scale(&other.to_rgba8().into(), crop, (width, height)),
        other => scale(&other.to_rgb8().into(), crop, (width, height)),
    }
}
