//! What to show of a picture before it is there.

use std::collections::HashMap;

use image::DynamicImage;

use super::Refused;
use crate::media::intake::scale::{Crop, scale};

/// The longest side: enough for a blur and a colour.
const SIDE: u32 = 48;

/// A very small copy, RGBA.
pub(super) struct Small {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Small {
    pub(super) fn of(picture: &DynamicImage) -> Result<Self, Refused> {
        let (width, height) = (picture.width(), picture.height());
        let longest = width.max(height).max(SIDE);
        let scaled = |side: u32| (side * SIDE / longest).max(1);
        let small =
            scale(picture, Crop::whole(width, height), (scaled(width), scaled(height))).ok_or(Refused::Broken)?;
        Ok(Self { width: small.width(), height: small.height(), pixels: small.into_rgba8().into_raw() })
    }

    /// The mean of the commonest kind of colour; white where nothing is to be seen.
    pub(super) fn dominant_colour(&self) -> String {
        let mut kinds: HashMap<[u8; 3], ([u32; 3], u32)> = HashMap::new();
        for pixel in self.pixels.chunks_exact(4).filter(|pixel| pixel[3] >= 128) {
            // Eight steps a channel: near enough to be one colour to the eye.
            let (sum, count) = kinds.entry([pixel[0] >> 5, pixel[1] >> 5, pixel[2] >> 5]).or_default();
            for (sum, channel) in sum.iter_mut().zip(pixel) {
                *sum += u32::from(*channel);
            }
            *count += 1;
        }
        // By colour where two are as common, so that the answer does not depend on the map's order.
        let commonest = kinds.into_iter().max_by_key(|(kind, (_, count))| (*count, *kind));
        let [red, green, blue] = commonest.map_or([255; 3], |(_, (sum, count))| sum.map(|channel| channel / count));
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    pub(super) fn blurhash(&self) -> String {
        // Fails for other numbers of components, or pixels that do not make the size.
        blurhash::encode(4, 3, self.width, self.height, &self.pixels).unwrap_or_default()
    }
}
