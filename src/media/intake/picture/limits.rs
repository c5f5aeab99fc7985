//! How much picture is taken.

use super::Refused;

/// The most pixels.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The most bytes that the decoded picture may take: 16-bit pictures have fewer pixels.
pub const MAX_DECODED: u64 = 256 * 1024 * 1024;

/// Whether the size that a header declares is that of a picture, and of one that is taken.
pub(super) fn check(width: u32, height: u32) -> Result<(), Refused> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Refused::Broken),
        pixels if pixels > MAX_PIXELS => Err(Refused::TooLarge),
        _ => Ok(()),
    }
}
