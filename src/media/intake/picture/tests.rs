use std::io::{Cursor, Write};

use image::{GrayImage, Rgb, RgbImage, Rgba, RgbaImage};
use img_parts::jpeg::{Jpeg, JpegSegment};
use img_parts::png::{Png, PngChunk};
use img_parts::{Bytes, ImageEXIF, ImageICC};
use jpeg_encoder::{ColorType, SamplingFactor};

use super::*;

/// Prepares, and gives what is delivered.
fn prepared(file: &[u8]) -> Result<(PictureInfo, Vec<u8>), Refused> {
    prepared_as(file).map(|(_, info, bytes)| (info, bytes))
}

/// The same, with what it is.
pub(super) fn prepared_as(file: &[u8]) -> Result<(FileType, PictureInfo, Vec<u8>), Refused> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::File::create(&input).unwrap().write_all(file).unwrap();
    let (file_type, info) = prepare(&input, &output)?;
    Ok((file_type, info, fs::read(output).unwrap()))
}

/// Left half red, right half blue, wider than high.
fn flag() -> DynamicImage {
    RgbImage::from_fn(64, 32, |x, _| if x < 32 { Rgb([200, 16, 16]) } else { Rgb([16, 16, 200]) }).into()
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// TIFF, little endian: an orientation, and a text as a camera or a GPS would leave it.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"GPS 21.0285 N 105.8542 E");
    tiff
}

fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(jpeg)).unwrap();
    jpeg.set_exif(Some(exif(orientation).into()));
    jpeg.encoder().bytes().to_vec()
}

pub(super) fn holds(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|window| window == text.as_bytes())
}

pub(super) fn pixels(file: &[u8]) -> DynamicImage {
    image::load_from_memory(file).unwrap()
}

#[test]
fn a_photograph_loses_all_but_its_pixels_and_profile() {
    let plain = written(&flag(), ImageFormat::Jpeg);
    let mut jpeg = Jpeg::from_bytes(with_exif(&plain, 1).into()).unwrap();
    let profile = [&[0; 16][..], b"RGB ", &[7; 300]].concat();
    jpeg.set_icc_profile(Some(profile.clone().into()));
    let comment = JpegSegment::new_with_contents(0xFE, Bytes::from_static(b"<script>alert(1)</script>"));
    let iptc = JpegSegment::new_with_contents(0xED, Bytes::from_static(b"Photoshop 3.0\0by-line"));
    let xmp = JpegSegment::new_with_contents(0xE1, Bytes::from_static(b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"));
    jpeg.segments_mut().splice(1..1, [comment, iptc, xmp]);
    let mut file = jpeg.encoder().bytes().to_vec();
    file.extend(b"<html><script>alert(2)</script>");

    let (info, clean) = prepared(&file).unwrap();

    for gone in ["GPS", "script", "by-line", "xmpmeta", "Exif"] {
        assert!(holds(&file, gone) && !holds(&clean, gone), "{gone}");
    }
    assert_eq!(pixels(&clean), pixels(&plain));
    assert_eq!(Jpeg::from_bytes(clean.into()).unwrap().icc_profile().unwrap(), profile);
    assert_eq!((info.width, info.height), (64, 32));
}

#[test]
fn a_photograph_taken_upright_is_turned() {
    // 6: the first row is the right side, the first column the top. Red comes to the top.
    let (info, clean) = prepared(&with_exif(&written(&flag(), ImageFormat::Jpeg), 6)).unwrap();

    assert_eq!((info.width, info.height), (32, 64));
    let turned = pixels(&clean).into_rgb8();
    assert!(turned.get_pixel(16, 8).0[0] > 150 && turned.get_pixel(16, 56).0[2] > 150);
    assert!(!holds(&clean, "GPS") && !holds(&clean, "Exif"));
}

#[test]
fn png_and_webp_keep_each_pixel_and_are_turned_without_loss() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let plain = written(&flag(), format);
        let with = |orientation| match format {
            ImageFormat::Png => {
                let mut png = Png::from_bytes(plain.clone().into()).unwrap();
                png.set_exif(Some(exif(orientation).into()));
                png.chunks_mut().insert(1, PngChunk::new(*b"tEXt", Bytes::from_static(b"Author\0secret")));
                [png.encoder().bytes().to_vec(), b"PK\x03\x04".to_vec()].concat()
            }
            _ => {
                let mut webp = img_parts::webp::WebP::from_bytes(plain.clone().into()).unwrap();
                webp.set_exif(Some(exif(orientation).into()));
                webp.encoder().bytes().to_vec()
            }
        };
        let (_, kept) = prepared(&with(1)).unwrap();
        let (info, turned) = prepared(&with(6)).unwrap();

        assert_eq!(kept, plain, "{format:?}");
        assert_eq!((info.width, info.height), (32, 64));
        assert_eq!(pixels(&turned).into_rgb8(), flag().rotate90().into_rgb8());
        for gone in ["GPS", "secret", "EXIF", "eXIf"] {
            assert!(!holds(&kept, gone) && !holds(&turned, gone), "{format:?} {gone}");
        }
    }
}

#[test]
fn an_animation_keeps_its_frames_and_its_loop_and_nothing_else() {
    let mut encoder = gif::Encoder::new(Vec::new(), 8, 8, &[255, 0, 0, 0, 0, 255]).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    encoder.write_raw_extension(gif::AnyExtension(0xFE), &[b"*/=1;alert(1);/*"]).unwrap();
    encoder.write_raw_extension(gif::AnyExtension(0xFF), &[b"XMP DataXMP", b"secret"]).unwrap();
    for index in 0..2 {
        let mut frame = gif::Frame::from_indexed_pixels(8, 8, vec![index; 64], None);
        frame.delay = 7;
        encoder.write_frame(&frame).unwrap();
    }
    let mut file = encoder.into_inner().unwrap();
    file.extend(b"<script>");

    let (info, clean) = prepared(&file).unwrap();

    assert_eq!(info.dominant_colour, "#ff0000");
    assert!(holds(&clean, "NETSCAPE2.0"));
    for gone in ["alert", "XMP", "script"] {
        assert!(holds(&file, gone) && !holds(&clean, gone), "{gone}");
    }
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(&clean[..]).unwrap();
    for index in 0..2 {
        let frame = decoder.read_next_frame().unwrap().unwrap();
        assert_eq!((frame.delay, &frame.buffer[..]), (7, &[index; 64][..]));
    }
    assert!(decoder.read_next_frame().unwrap().is_none());
    assert!(matches!(prepared(&file[..file.len() - 40]), Err(Refused::Broken)));
}

#[test]
fn a_small_file_that_declares_a_vast_picture_is_not_decoded() {
    let mut png = Png::from_bytes(written(&flag(), ImageFormat::Png).into()).unwrap();
    for (width, height) in [(30_000_u32, 30_000_u32), (16_000, 16_000), (50_000_001, 1)] {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        png.chunks_mut()[0] = PngChunk::new(*b"IHDR", header.into());
        let file = png.clone().encoder().bytes();
        assert!(matches!(prepared(&file), Err(Refused::TooLarge)), "{width} × {height}");
    }
}

/// A photograph with little that is alike.
fn noise() -> RgbImage {
    let grain = |x: u32, y: u32| (x * 7_919 + y * 104_729 + x * y * 31) % 151;
    RgbImage::from_fn(80, 80, |x, y| Rgb([x, 79 - x, y].map(|colour| (colour + grain(x, y)) as u8)))
}

/// Encoded in this way.
fn encoded(picture: &RgbImage, how: impl Fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 82);
    how(&mut encoder);
    let side = |side: u32| u16::try_from(side).unwrap();
    encoder.encode(picture.as_raw(), side(picture.width()), side(picture.height()), ColorType::Rgb).unwrap();
    file
}

#[test]
fn jpegs_that_few_programs_read_are_encoded_again() {
    // Optimised Huffman tables make this encoder write a scan for each channel.
    let separate = encoded(&flag().to_rgb8(), |encoder| {
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_optimized_huffman_tables(true);
    });

    let (info, clean) = prepared(&with_exif(&separate, 6)).unwrap();

    assert_eq!((info.width, info.height), (32, 64));
    let turned = pixels(&clean).into_rgb8();
    assert!(turned.get_pixel(16, 8).0[0] > 150 && turned.get_pixel(16, 56).0[2] > 150);
    assert!(!strip::jpeg(&clean).unwrap().unusual);
}

#[test]
fn each_sampling_and_order_of_scans_is_taken_and_half_of_it_refused() {
    use SamplingFactor::{F_1_1, F_1_2, F_1_4, F_2_1, F_2_2, F_2_4, F_4_1, F_4_2, R_4_1_1};
    for sampling in [F_1_1, F_2_1, F_1_2, F_2_2, F_4_1, F_4_2, F_1_4, F_2_4, R_4_1_1] {
        for progressive in [false, true] {
            for restarts in [0, 3] {
                let file = encoded(&noise(), |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                    encoder.set_restart_interval(restarts);
                });
                let case = format!("{sampling:?} {progressive} {restarts}");
                let (_, clean) = prepared(&file).unwrap_or_else(|refused| panic!("{case}: {refused}"));
                let seen = pixels(&clean).into_rgb8();
                assert!(apart(&seen, &noise()) < 12.0, "{case}: {}", apart(&seen, &noise()));
                let half = [&file[..file.len() / 2], b"\xFF\xD9"].concat();
                let half = prepared(&half).map(|(info, _)| info);
                assert!(matches!(half, Err(Refused::Broken)), "{case} {half:?}");
            }
        }
    }
}

/// How far two pictures are apart, in mean steps of a channel.
fn apart(one: &RgbImage, other: &RgbImage) -> f64 {
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

#[test]
fn a_jpeg_without_its_end_or_with_junk_behind_it_is_mended() {
    for progressive in [false, true] {
        let whole = encoded(&noise(), |encoder| encoder.set_progressive(progressive));
        let seen = pixels(&whole);
        for junk in [&[0; 5000][..], b"\r\n--boundary--<script>", b"\xFF"] {
            let (info, clean) = prepared(&[&whole, junk].concat()).unwrap();
            assert_eq!((info.width, info.height, pixels(&clean)), (80, 80, seen.clone()));
            assert_eq!(clean, prepared(&whole).unwrap().1);
            let (_, clean) = prepared(&[&whole[..whole.len() - 2], junk].concat()).unwrap();
            assert!(clean.ends_with(b"\xFF\xD9") && !holds(&clean, "script"));
            assert!(apart(&pixels(&clean).into_rgb8(), &seen.to_rgb8()) < 4.0);
        }
        // What did not arrive is a part of the picture, with or without zeros in its place.
        let part = &whole[..whole.len() * 2 / 3];
        for file in [part.to_vec(), [part, &[0; 5000]].concat(), [part, b"\xFF\xD9"].concat()] {
            assert!(matches!(prepared(&file), Err(Refused::Broken)), "{progressive}");
        }
    }
}

#[test]
fn wherever_a_jpeg_is_cut_it_is_whole_or_refused() {
    let noise = noise();
    let (none, all) = (SamplingFactor::F_1_1, SamplingFactor::F_2_2);
    for (sampling, restarts, optimised, progressive) in [
        (all, 0, false, false),
        (all, 2, false, false),
        (SamplingFactor::F_2_1, 0, false, false),
        (SamplingFactor::F_1_2, 3, false, false),
        (SamplingFactor::F_4_2, 0, false, false),
        (none, 0, true, false),
        (all, 0, false, true),
    ] {
        let small = RgbImage::from_fn(40, 40, |x, y| *noise.get_pixel(x, y));
        let whole = encoded(&small, |encoder| {
            encoder.set_restart_interval(restarts);
            encoder.set_sampling_factor(sampling);
            encoder.set_optimized_huffman_tables(optimised);
            encoder.set_progressive(progressive);
        });
        let seen = pixels(&prepared(&whole).unwrap().1).into_rgb8();
        let mut taken = 0;
        for end in 2..whole.len() {
            if let Ok((_, clean)) = prepared(&whole[..end]) {
                assert!(
                    apart(&pixels(&clean).into_rgb8(), &seen) < 12.0,
                    "{sampling:?} {progressive} {end} of {}",
                    whole.len()
                );
                taken += 1;
            }
        }
        assert!((1..8).contains(&taken), "{sampling:?} {progressive} {taken}");
    }
}

#[test]
fn tall_and_wide_pictures_are_taken() {
    for (width, height) in [(60, 18_000), (20_000, 30), (30, 60_000)] {
        let picture: DynamicImage = RgbImage::from_fn(width, height, |_, y| Rgb([(y % 256) as u8, 40, 90])).into();
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let (info, _) = prepared(&written(&picture, format)).unwrap();
            assert_eq!((info.width, info.height), (width, height));
        }
    }
}

#[test]
fn half_a_picture_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let whole = written(&noise().into(), format);
        assert!(prepared(&whole).is_ok(), "{format:?}");
        for part in [whole.len() - 3, whole.len() / 2, 20] {
            assert!(matches!(prepared(&whole[..part]), Err(Refused::Broken)), "{format:?} {part}");
        }
    }
    assert!(matches!(prepared(b"\xFF\xD8\xFF\xD9"), Err(Refused::Broken)));
}

#[test]
fn a_picture_leaves_an_impression() {
    let mostly_green =
        RgbImage::from_fn(200, 100, |x, _| if x < 150 { Rgb([20, 140, 60]) } else { Rgb([250, 250, 0]) });
    let (info, _) = prepared(&written(&mostly_green.into(), ImageFormat::Png)).unwrap();
    // Near the edge the two mix a little.
    let channels = u32::from_str_radix(&info.dominant_colour[1..], 16).unwrap().to_be_bytes();
    assert!(channels[1..].iter().zip([20_u8, 140, 60]).all(|(is, was)| is.abs_diff(was) <= 2), "{info:?}");
    // One letter for the components, one for the maximum, four for the mean, two for each of eleven others.
    assert_eq!(info.blurhash.len(), 28);

    let clear = RgbaImage::from_pixel(1, 1, Rgba([0, 0, 0, 0]));
    let (info, _) = prepared(&written(&clear.into(), ImageFormat::Png)).unwrap();
    assert_eq!(info.dominant_colour, "#ffffff");

    let grey = GrayImage::from_pixel(3, 3, image::Luma([128]));
    let (info, _) = prepared(&with_exif(&written(&grey.into(), ImageFormat::Jpeg), 3)).unwrap();
    assert_eq!(info.dominant_colour, "#808080");
}
