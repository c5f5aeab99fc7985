//! Uploading: what is taken, by its content, and what is refused and leaves nothing behind.

use bytesize::ByteSize;
use image::ImageFormat::{Jpeg, Png};
use reqwest::Method;
use sha2::{Digest, Sha256};

use crate::support::{
    Accountant, Author, Site,
    files::{document, picture, recording},
};

#[actix_web::test]
async fn a_picture_is_described_by_its_content() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let made = author.uploads(&site, "Trụ sở.html", &picture(700, 400, Jpeg)).await;

    let data = made.is(201).data();
    assert_eq!((&data["kind"], &data["mime_type"]), (&"image".into(), &"image/jpeg".into()));
    assert_eq!(data["file_name"], "Trụ sở.jpg");
    assert_eq!((&data["width"], &data["height"]), (&700.into(), &400.into()));
    let widths: Vec<_> =
        data["renditions"].as_array().unwrap().iter().map(|it| it["width"].as_u64().unwrap()).collect();
    // Two formats each; never larger than the picture.
    assert_eq!(widths, [320, 320, 640, 640, 700, 700, 700, 700]);
}

#[actix_web::test]
async fn recordings_and_documents_are_kept_byte_for_byte() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (bytes, kind) in [(recording(), "audio"), (document(), "document")] {
        let made = author.uploads(&site, "tep", &bytes).await;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&made.is(201).data()["kind"], &made.data()["sha256"]), (&kind.into(), &digest.into()));
        assert_eq!(made.data()["size"], bytes.len());
    }
}

#[actix_web::test]
async fn what_is_not_taken_is_refused_and_leaves_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let truncated = picture(300, 300, Png)[..400].to_vec();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();

    for (name, bytes, status, code) in [
        ("a.svg", svg, 415, "/file markup"),
        ("a.jpg", html, 415, "/file markup"),
        ("a.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".repeat(8), 415, "/file program"),
        ("a.png", Vec::new(), 422, "/file empty"),
        ("a.png", truncated, 422, "/file broken"),
    ] {
        let refused = author.uploads(&site, name, &bytes).await;
        assert_eq!(refused.is(status).errors(), [code], "{name}");
    }
    assert_eq!(site.count("media"), 0);
}

#[actix_web::test]
async fn a_picture_of_too_many_pixels_is_refused_by_what_it_declares() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    // The header of a PNG, of 30,000 pixels a side.
    let mut bomb = picture(8, 8, Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);

    let refused = author.uploads(&site, "bom.png", &bomb).await;

    assert!(matches!(refused.status.as_u16(), 415 | 422), "{:#}", refused.body);
    assert_eq!(site.count("media"), 0);
}

#[actix_web::test]
async fn a_file_above_the_limit_of_its_kind_is_too_large() {
    let site = Site::with(|settings| settings.media.media_max_image = ByteSize(1000)).await;
    let author = site.person([Author]).await;

    author.uploads(&site, "a.png", &picture(200, 200, Png)).await.is_problem(413, "payload_too_large");
    author.uploads(&site, "a.pdf", &document()).await.is(201);
}

#[actix_web::test]
async fn a_request_without_a_file_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let upload = || author.request(Method::POST, "/media");
    let other_field = "--x\r\nContent-Disposition: form-data; name=\"tep\"\r\n\r\nx\r\n--x--\r\n";
    let multipart = "multipart/form-data; boundary=x";

    site.send(upload().json(&serde_json::json!({}))).await.is_problem(415, "unsupported_media_type");
    let refused = site.send(upload().header("content-type", multipart).body(other_field)).await;
    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/file required"]);
    let broken = site.send(upload().header("content-type", multipart).body(&other_field[..40])).await;
    broken.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn names_are_made_fit_to_be_shown() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let long = format!("{}.pdf", "Kế hoạch ".repeat(60));

    for (sent, kept) in
        [("../../etc/passwd", "passwd.pdf"), ("Kế hoạch 622\u{202e}fdp.exe", "Kế hoạch 622fdp.pdf"), ("", "tep.pdf")]
    {
        let made = author.uploads(&site, sent, &document()).await;
        assert_eq!(made.is(201).data()["file_name"], kept);
    }
    let made = author.uploads(&site, &long, &document()).await;
    assert!(made.is(201).data()["file_name"].as_str().unwrap().chars().count() <= 150);
}

#[actix_web::test]
async fn only_who_writes_articles_uploads() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;

    accountant.uploads(&site, "a.pdf", &document()).await.is_problem(403, "forbidden");
}
