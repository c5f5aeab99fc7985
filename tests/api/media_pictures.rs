//! Pictures as newsrooms have them: in forms that browsers do not show, longer than screens, cut off on their way.

use image::{GenericImageView, ImageFormat};
use serde_json::json;

use crate::support::{
    Author, Editor, Site,
    files::{jpeg, picture, png},
};

#[actix_web::test]
async fn pictures_that_browsers_do_not_show_are_delivered_as_ones_that_they_do() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for (name, format) in [("Bản đồ quy hoạch.tiff", ImageFormat::Tiff), ("so do.bmp", ImageFormat::Bmp)] {
        let file = editor.uploads(name, &picture(700, 400, format)).await;

        let becomes = file.field("file_name").as_str().unwrap().to_owned();
        let (stem, extension) = becomes.rsplit_once('.').unwrap();
        assert!(name.starts_with(stem) && matches!(extension, "png" | "jpg"), "{becomes}");
        assert_eq!((file.field("width"), file.field("height")), (&json!(700), &json!(400)));
        let sent = editor.downloads(&site, file.url()).await;
        assert_eq!(sent.is(200).header("content-type"), file.field("mime_type").as_str().unwrap());
        assert_eq!(image::load_from_memory(&sent.bytes).unwrap().dimensions(), (700, 400));
        assert_eq!(file.field("size"), &json!(sent.bytes.len()));
        editor.downloads(&site, file.rendition("card.webp")).await.is(200);
    }
}

#[actix_web::test]
async fn pictures_that_are_not_taken_are_refused_with_the_way_out() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let heif =
        |brand: &str| [b"\0\0\0\x18ftyp", brand.as_bytes(), b"\0\0\0\0mif1", brand.as_bytes(), &[0; 90]].concat();
    // A second directory with one entry: a picture that is no small copy of the first (TIFF 6.0, NewSubfileType).
    let mut pages = picture(20, 10, ImageFormat::Tiff);
    let first = u32::from_le_bytes(pages[4..8].try_into().unwrap()) as usize;
    let link = first + 2 + 12 * usize::from(u16::from_le_bytes(pages[first..first + 2].try_into().unwrap()));
    let second = u32::try_from(pages.len()).unwrap().to_le_bytes();
    pages[link..link + 4].copy_from_slice(&second);
    pages.extend([&[1, 0, 254, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4]].concat());
    for (name, bytes, error, out) in [
        ("IMG_0001.HEIC", heif("heic"), "/file other_picture", "JPEG"),
        ("anh.heif", heif("mif1"), "/file other_picture", "JPEG"),
        ("anh.avif", heif("avif"), "/file other_picture", "JPEG"),
        ("quet.tif", pages, "/file several_pages", "PDF"),
    ] {
        let refusal = author.tries_to_upload(name, &bytes).await;
        assert_eq!(refusal.is_problem(415, "unsupported_media_type").errors(), [error], "{name}");
        assert!(refusal.body["detail"].as_str().unwrap().contains(out), "{name}: {:#}", refusal.body);
    }
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
}

#[actix_web::test]
async fn a_jpeg_that_lost_its_end_or_gained_another_is_taken_whole_and_mended() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let whole = jpeg(320, 200);
    let cut = &whole[..whole.len() - 2];
    for (name, bytes) in [
        ("without its end", cut.to_vec()),
        ("with half of its end", whole[..whole.len() - 1].to_vec()),
        ("with zeros in place of its end", [cut, &[0; 3000]].concat()),
        ("with junk behind it", [&whole[..], b"\r\n--ranh-gioi--\r\n<script>alert(1)</script>"].concat()),
        ("with junk in place of its end", [cut, b"\r\n<script>alert(1)</script>"].concat()),
    ] {
        let file = author.uploads("anh.jpg", &bytes).await;

        assert_eq!((file.field("width"), file.field("height")), (&json!(320), &json!(200)), "{name}");
        let sent = author.downloads(&site, file.url()).await;
        assert!(sent.is(200).bytes.ends_with(b"\xFF\xD9"), "{name}");
        assert!(!sent.bytes.windows(8).any(|window| window == b"<script>"), "{name}");
        let [shown, meant] = [&sent.bytes[..], &whole].map(|it| image::load_from_memory(it).unwrap().into_rgb8());
        let far = shown.iter().zip(meant.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        assert!(far / (shown.len() as u64) < 4, "{name}: {far}");
    }
}

#[actix_web::test]
async fn a_jpeg_that_lacks_a_part_of_its_picture_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let whole = jpeg(320, 200);
    let half = &whole[..whole.len() / 2];
    for bytes in [
        half.to_vec(),
        [half, b"\xFF\xD9"].concat(),
        [half, &vec![0; whole.len() / 2]].concat(),
        whole[..whole.len() - 20].to_vec(),
    ] {
        let refusal = author.tries_to_upload("anh.jpg", &bytes).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/file broken"]);
    }
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
}

#[actix_web::test]
async fn tall_infographics_and_wide_panoramas_are_taken_in_all_their_sizes() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for (width, height) in [(60, 18_000), (20_000, 30)] {
        let file = editor.uploads("Toàn cảnh.png", &png(width, height)).await;

        assert_eq!((file.field("width"), file.field("height")), (&json!(width), &json!(height)));
        for rendition in file.field("renditions").as_array().unwrap() {
            let sent = editor.downloads(&site, rendition["url"].as_str().unwrap()).await;
            let (wide, high) = image::load_from_memory(&sent.is(200).bytes).unwrap().dimensions();
            assert_eq!((&json!(wide), &json!(high)), (&rendition["width"], &rendition["height"]), "{rendition}");
            assert!(wide <= width && high <= height.min(16_383), "{rendition}");
        }
    }
}
