use image::{GenericImageView, ImageFormat, Rgb, Rgba, RgbaImage};

use super::*;

fn saved(picture: &DynamicImage, format: ImageFormat) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    picture.save_with_format(file.path(), format).unwrap();
    file
}

/// One rendition alone.
fn render(original: &Path, preset: Preset, format: Format, focal: Option<Focal>) -> Result<Vec<u8>, Refused> {
    let original = Original::read(original)?;
    let scaled = original.scale(preset, focal)?;
    original.encode(&scaled, format)
}

#[test]
fn sizes_are_those_of_the_contract_and_never_larger_than_the_picture() {
    use Preset::{Card, Lead, Share, Thumb};
    let cases = [
        ((4000, 3000), Thumb, (320, 240)),
        ((4000, 3000), Card, (640, 480)),
        ((4000, 3000), Lead, (1280, 960)),
        ((4000, 3000), Share, (1200, 630)),
        ((100, 50), Lead, (100, 50)),
        ((16_000, 1), Thumb, (320, 1)),
        // Cropped to the shape of 1200 × 630, but not enlarged.
        ((600, 600), Share, (600, 315)),
        ((1000, 100), Share, (190, 100)),
        ((1, 1), Share, (1, 1)),
        // An infographic and a panorama: the one is longer than a WebP can be.
        ((1_200, 18_000), Lead, (1_092, 16_383)),
        ((60, 18_000), Thumb, (55, 16_383)),
        ((1_200, 18_000), Card, (640, 9_600)),
        ((1_200, 18_000), Share, (1_200, 630)),
        ((20_000, 600), Lead, (1_280, 38)),
        ((20_000, 600), Share, (1_143, 600)),
    ];
    for (original, preset, expected) in cases {
        assert_eq!(dimensions(original, preset), expected, "{original:?} {preset:?}");
    }
}

#[test]
fn the_crop_follows_the_focal_point_as_far_as_the_picture_goes() {
    let left = |focal| plan((2400, 630), Preset::Share, focal).0.left;
    assert_eq!(left(None), 600);
    assert_eq!(left(Some((0.0, 0.5))), 0);
    assert_eq!(left(Some((0.5, 0.5))), 600);
    assert_eq!(left(Some((0.6, 0.0))), 840);
    assert_eq!(left(Some((1.0, 0.5))), 1200);
    assert_eq!(left(Some((f32::NAN, 9.0))), 600);
    assert_eq!(plan((1200, 2000), Preset::Share, Some((0.0, 0.9))).0.top, 1370);
}

#[test]
fn every_preset_is_made_in_both_formats() {
    let picture = RgbImage::from_fn(1600, 900, |x, _| if x < 800 { Rgb([220, 10, 10]) } else { Rgb([10, 10, 220]) });
    let original = saved(&picture.into(), ImageFormat::Jpeg);

    let made = render_all(original.path(), Some((0.0, 0.5))).unwrap();

    assert_eq!(made.len(), 8);
    for one in &made {
        let expected = match one.format {
            Format::Webp => ImageFormat::WebP,
            Format::Jpg => ImageFormat::Jpeg,
        };
        assert_eq!(image::guess_format(&one.bytes).unwrap(), expected);
        let decoded = image::load_from_memory(&one.bytes).unwrap();
        assert_eq!(decoded.dimensions(), (one.width, one.height));
        assert_eq!(decoded.dimensions(), dimensions((1600, 900), one.preset));
        assert!(decoded.get_pixel(5, 5).0[0] > 200);
        assert_eq!(render(original.path(), one.preset, one.format, Some((0.0, 0.5))).unwrap(), one.bytes);
    }
}

#[test]
fn an_infographic_is_made_in_all_its_sizes() {
    let picture = RgbImage::from_fn(60, 18_000, |_, y| Rgb([(y % 256) as u8, 40, 90]));
    let original = saved(&picture.into(), ImageFormat::Png);

    for one in render_all(original.path(), None).unwrap() {
        let decoded = image::load_from_memory(&one.bytes).unwrap();
        assert_eq!(decoded.dimensions(), dimensions((60, 18_000), one.preset), "{:?} {:?}", one.preset, one.format);
    }
}

#[test]
fn what_is_transparent_stays_so_in_webp_and_is_white_in_jpeg() {
    let picture = RgbaImage::from_fn(900, 600, |x, _| if x < 450 { Rgba([0, 0, 0, 0]) } else { Rgba([0, 90, 0, 255]) });
    let original = saved(&picture.into(), ImageFormat::Png);
    let pixel = |format| {
        let bytes = render(original.path(), Preset::Thumb, format, None).unwrap();
        image::load_from_memory(&bytes).unwrap().get_pixel(20, 20).0
    };
    assert_eq!(pixel(Format::Webp)[3], 0);
    assert!(pixel(Format::Jpg)[..3].iter().all(|channel| *channel > 250));
}

#[test]
fn a_wide_gamut_profile_comes_along() {
    let profile = [&[0; 16][..], b"RGB ", &[7; 500]].concat();
    let plain = saved(&RgbImage::new(400, 300).into(), ImageFormat::Jpeg);
    let mut jpeg = img_parts::jpeg::Jpeg::from_bytes(fs::read(plain.path()).unwrap().into()).unwrap();
    jpeg.set_icc_profile(Some(profile.clone().into()));
    fs::write(plain.path(), jpeg.encoder().bytes()).unwrap();

    let webp = render(plain.path(), Preset::Thumb, Format::Webp, None).unwrap();
    let jpeg = render(plain.path(), Preset::Thumb, Format::Jpg, None).unwrap();

    assert_eq!(img_parts::webp::WebP::from_bytes(webp.clone().into()).unwrap().icc_profile().unwrap(), profile);
    assert_eq!(img_parts::jpeg::Jpeg::from_bytes(jpeg.into()).unwrap().icc_profile().unwrap(), profile);
    assert_eq!(image::load_from_memory(&webp).unwrap().dimensions(), (320, 240));
}

#[test]
fn presets_and_formats_are_segments_of_addresses() {
    assert_eq!("share".parse(), Ok(Preset::Share));
    assert_eq!("jpg".parse(), Ok(Format::Jpg));
    assert!("LEAD".parse::<Preset>().is_err() && "gif".parse::<Format>().is_err());
}
