//! Why a file is not taken.

use std::io;

use strum::IntoStaticStr;

/// Why a file is not taken. Its word (`<&str>::from`) is stable; what readers see of it is written elsewhere.
#[derive(Debug, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Refused {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// None of the types that are taken.
    #[error("the file is of no type that is taken")]
    Unknown,
    /// A picture in another format (AVIF, HEIC, TIFF, BMP…): to be sent as JPEG, PNG, WebP or GIF.
    #[error("the picture is not a JPEG, PNG, WebP or GIF")]
    OtherPicture,
    /// Moving pictures or sound in a form that not all browsers play (HEVC, AV1, ProRes, AVI…).
    #[error("the video is not one that all browsers play")]
    VideoFormat,
    /// HTML, SVG, XML or a script, whatever its name says.
    #[error("the file holds markup or script that a browser would run")]
    Markup,
    /// A program.
    #[error("the file is a program")]
    Program,
    /// Text in an older encoding (TCVN3, VNI, Windows-1258…).
    #[error("the text is neither UTF-8 nor UTF-16")]
    OtherEncoding,
    /// Cut short or damaged.
    #[error("the file is cut short or damaged")]
    Broken,
    /// A JPEG with a scan for each channel without being progressive: rare, and our decoder gets its colours wrong. To be
    /// saved again by any editor.
    #[error("the JPEG has its channels in separate scans")]
    SeparateScans,
    /// More picture than is taken; see [`super::picture`] for the limits.
    #[error("the picture is too large")]
    TooLarge,
    /// More frames than are taken.
    #[error("the animation is too long")]
    TooLong,
    /// Nothing is wrong with the file: the disk failed us.
    #[error("the file could not be read or written")]
    Disk(#[from] io::Error),
}
