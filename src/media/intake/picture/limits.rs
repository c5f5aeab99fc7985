//! How much picture is taken.

/// The most pixels.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The most bytes that the decoded picture may take: 16-bit pictures have fewer pixels.
pub const MAX_DECODED: u64 = 256 * 1024 * 1024;
