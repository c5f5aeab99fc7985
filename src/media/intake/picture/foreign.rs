//! Pictures that browsers do not show: TIFF and BMP. They are delivered as PNG where that is smaller or something is
//! transparent, else as JPEG.

use image::{DynamicImage, ImageDecoder, ImageFormat};

use super::codec::{TURNED_QUALITY, decode, encode, fits, jpeg, open};
use super::{FileType, Refused};

/// More directories than any scan has pages.
const MAX_PAGES: usize = 10_000;

/// The picture, upright, and its colour profile.
pub(super) struct Decoded {
    pub(super) picture: DynamicImage,
    pub(super) profile: Option<Vec<u8>>,
}

/// Decodes a TIFF or a BMP.
pub(super) fn still(file: &[u8], format: ImageFormat) -> Result<Decoded, Refused> {
    if format == ImageFormat::Tiff {
        one_page(file)?;
    }
    let mut decoder = open(file, format).map_err(as_other)?;
    let orientation = decoder.orientation().ok();
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = decode(decoder).map_err(as_other)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(Decoded { picture, profile })
}

/// What our decoder does not know is no damage.
fn as_other(refused: Refused) -> Refused {
    if matches!(refused, Refused::NotDecoded) { Refused::OtherPicture } else { refused }
}

/// The picture in a form that browsers show.
pub(super) fn delivered(decoded: &mut Decoded) -> Result<(FileType, Vec<u8>), Refused> {
    use DynamicImage::{ImageRgb32F, ImageRgba32F};
    let Decoded { picture, profile } = decoded;
    if matches!(picture, ImageRgb32F(_) | ImageRgba32F(_)) {
        *picture = if picture.has_alpha() { picture.to_rgba8().into() } else { picture.to_rgb8().into() };
    }
    let profile = profile.take().filter(|profile| fits(profile, picture));
    let png = encode(picture, ImageFormat::Png, profile.clone())?;
    if picture.has_alpha() {
        return Ok((FileType::PNG, png));
    }
    match jpeg(picture, TURNED_QUALITY, profile.as_deref()) {
        Ok(jpeg) if jpeg.len() < png.len() => Ok((FileType::JPEG, jpeg)),
        // Longer than a JPEG can be.
        Ok(_) | Err(Refused::TooLarge) => Ok((FileType::PNG, png)),
        Err(refused) => Err(refused),
    }
}

/// Makes sure that a TIFF shows one picture: of more the rest would be lost. Its directories are a chain (TIFF 6.0,
/// section 2); those of small copies and of masks do not count. Cameras put a small copy first, and their own coding of
/// the picture behind it.
fn one_page(file: &[u8]) -> Result<(), Refused> {
    const SUBFILE: u32 = 254;
    let little = match file.get(..4) {
        Some([b'I', b'I', 42, 0]) if file.get(8..10) != Some(b"CR") => true,
        Some([b'M', b'M', 0, 42]) => false,
        _ => return Err(Refused::OtherPicture),
    };
    let number = |at: usize, size: usize| -> Option<u32> {
        let bytes = file.get(at..at.checked_add(size)?)?.iter();
        let join = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
        Some(if little { bytes.rev().fold(0, join) } else { bytes.fold(0, join) })
    };
    let (mut at, mut pages) = (number(4, 4).ok_or(Refused::Broken)? as usize, 0);
    for directory in 0..MAX_PAGES {
        if at == 0 {
            break;
        }
        let entries = number(at, 2).ok_or(Refused::Broken)? as usize;
        let entry = |index: usize| at + 2 + index * 12;
        let subfile = (0..entries).find(|&index| number(entry(index), 2) == Some(SUBFILE));
        let is_page = subfile.and_then(|index| number(entry(index) + 8, 4)).unwrap_or(0) & 0b101 == 0;
        if directory == 0 && !is_page {
            return Err(Refused::OtherPicture);
        }
        pages += usize::from(is_page);
        at = number(entry(entries), 4).unwrap_or(0) as usize;
    }
    if pages > 1 { Err(Refused::SeveralPages) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::super::tests::{pixels, prepared_as};
    use super::*;

    fn photograph(width: u32, height: u32) -> DynamicImage {
        let noise = |x: u32, y: u32| ((x * 7_919) ^ (y * 104_729) ^ (x * y)).wrapping_mul(2_654_435_761) >> 29;
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([x * 2 + noise(x, y), y * 2 + noise(y, x), 90 + noise(x + 9, y)].map(|it| it as u8))
        })
        .into()
    }

    fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn what_browsers_do_not_show_becomes_what_they_do() {
        let photograph = photograph(120, 80);
        let drawing: DynamicImage = RgbImage::from_pixel(120, 80, Rgb([200, 30, 30])).into();
        let clear: DynamicImage = RgbaImage::from_pixel(20, 10, Rgba([9, 9, 9, 0])).into();
        for format in [ImageFormat::Tiff, ImageFormat::Bmp] {
            let (file_type, info, bytes) = prepared_as(&written(&photograph, format)).unwrap();
            assert_eq!((file_type, info.width, info.height), (FileType::JPEG, 120, 80));
            let seen = pixels(&bytes).into_rgb8();
            assert!(seen.get_pixel(60, 40).0[0].abs_diff(120) < 12, "{format:?}");
            let (file_type, _, bytes) = prepared_as(&written(&drawing, format)).unwrap();
            assert_eq!(file_type, FileType::PNG);
            assert_eq!(pixels(&bytes).into_rgb8(), drawing.to_rgb8());
        }
        let (file_type, _, bytes) = prepared_as(&written(&clear, ImageFormat::Tiff)).unwrap();
        assert_eq!(file_type, FileType::PNG);
        assert_eq!(pixels(&bytes).into_rgba8().get_pixel(3, 3).0[3], 0);
    }

    #[test]
    fn a_tiff_whose_compression_makes_no_sense_is_damaged() {
        let file = written(&photograph(20, 10), ImageFormat::Tiff);
        // The entry of its compression: tag 259, one short (TIFF 6.0, section 8).
        let entry = b"\x03\x01\x03\0\x01\0\0\0";
        let at = file.windows(entry.len()).position(|window| window == entry).unwrap() + entry.len();
        for compression in [2_u16, 4, 5, 8, 32_773] {
            let mut other = file.clone();
            other[at..at + 2].copy_from_slice(&compression.to_le_bytes());
            let refused = prepared_as(&other);
            assert!(matches!(refused, Err(Refused::Broken | Refused::OtherPicture)), "{compression}: {refused:?}");
        }
    }

    #[test]
    fn a_tiff_of_several_pages_is_refused_and_one_with_a_small_copy_is_not() {
        let mut file = written(&photograph(20, 10), ImageFormat::Tiff);
        assert_eq!(&file[..4], b"II*\0");
        // A second directory with one entry: what kind of picture it is (TIFF 6.0, NewSubfileType).
        let first = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
        let entries = usize::from(u16::from_le_bytes(file[first..first + 2].try_into().unwrap()));
        let second = u32::try_from(file.len()).unwrap().to_le_bytes();
        let link = first + 2 + entries * 12;
        file[link..link + 4].copy_from_slice(&second);
        let directory = |kind: u8| [&[1, 0, 254, 0, 4, 0, 1, 0, 0, 0, kind, 0, 0, 0][..], &[0; 4]].concat();

        assert!(prepared_as(&[file.clone(), directory(1)].concat()).is_ok());
        let pages = prepared_as(&[file, directory(0)].concat());
        assert!(matches!(pages, Err(Refused::SeveralPages)), "{pages:?}");
    }
}
