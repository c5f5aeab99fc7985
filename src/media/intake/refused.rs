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
    /// A picture in another format (AVIF, a camera's own…): to be sent as JPEG or PNG.
    #[error("the picture is of no format that is taken")]
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
    /// A TIFF of several pages, of which a picture would show the first.
    #[error("the TIFF has several pages")]
    SeveralPages,
    /// One of those that are taken, in a way that our decoder does not know.
    #[error("the picture is coded in a way that is not known")]
    NotDecoded,
    /// More picture than is taken; see [`super::picture`] for the limits.
    #[error("the picture is too large")]
    TooLarge,
    /// More frames than are taken.
    #[error("the animation is too long")]
    TooLong,
    /// Nothing is wrong with the file: the disk failed us.
    #[error("the file could not be read or written")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        // No disk fails by being asked for a place that no file has: a damaged file named it.
        if error.kind() == io::ErrorKind::InvalidInput { Self::Broken } else { Self::Disk(error) }
    }
}
