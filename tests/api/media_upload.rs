//! Taking files in: what is taken and as what, what is refused, and what is left then.

use std::{io::Write, net::TcpStream, time::Duration};

use bytesize::ByteSize;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    Accountant, Admin, Approver, Author, Editor, Site,
    files::{
        doc_with_macros, file_part, form, form_of, jpeg, patched, pdf, picture, png, png_claiming, text_part, wav,
    },
    stable,
};

/// The record without what its bytes decide.
fn shape(data: &Value) -> Value {
    let mut data = data.clone();
    for field in ["size", "sha256", "blurhash", "dominant_colour"] {
        if !data[field].is_null() {
            data[field] = format!("[{field}]").into();
        }
    }
    stable(&data)
}

#[actix_web::test]
async fn a_picture_is_kept_and_described() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let answer = author.tries_to_upload("Trụ sở.JPEG", &jpeg(1600, 900)).await;

    let data = answer.is(201).data().clone();
    assert_eq!(answer.header("location"), format!("/api/v1/manage/media/{}", data["id"].as_str().unwrap()));
    assert!(answer.header("etag").starts_with('"'));
    let sent = author.downloads(&site, data["url"].as_str().unwrap()).await;
    assert_eq!(data["size"], sent.is(200).bytes.len());
    assert_eq!(data["sha256"], hex(&Sha256::digest(&sent.bytes)));
    let widths: Vec<_> =
        data["renditions"].as_array().unwrap().iter().map(|it| it["width"].as_u64().unwrap()).collect();
    assert_eq!(widths, [320, 320, 640, 640, 1280, 1280, 1200, 1200]);
    let mut shape = shape(&data);
    shape["renditions"].take();
    shape["url"].take();
    insta::assert_json_snapshot!("uploaded_picture", shape);
}

#[actix_web::test]
async fn a_recording_tells_how_long_it_plays() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let bytes = wav(3);

    let file = author.uploads("Bản tin sáng.wav", &bytes).await;

    for (field, value) in [
        ("kind", json!("audio")),
        ("mime_type", json!("audio/wav")),
        ("size", json!(bytes.len())),
        ("sha256", json!(hex(&Sha256::digest(&bytes)))),
        ("duration_ms", json!(3000)),
        ("width", Value::Null),
        ("renditions", json!([])),
    ] {
        assert_eq!(file.field(field), &value, "{field}");
    }
}

#[actix_web::test]
async fn a_document_is_kept_as_it_is() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let bytes = pdf("kế hoạch");

    let file = author.uploads("Kế hoạch 622.pdf", &bytes).await;

    assert_eq!((file.field("kind"), file.field("mime_type")), (&json!("document"), &json!("application/pdf")));
    assert_eq!(author.downloads(&site, file.url()).await.is(200).bytes, bytes);
    let table = author.uploads("Số liệu.csv", "xã,số hộ\nTân An,120\n".as_bytes()).await;
    assert_eq!(table.field("kind"), "document");
    assert!(table.field("mime_type").as_str().unwrap().starts_with("text/"), "{:#}", table.data);
}

#[actix_web::test]
async fn documents_of_twenty_years_are_taken_and_what_is_to_be_known_of_them_is_said() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let pdf = b"%PDF-1.4\ntrailer<</Root 1 0 R/Encrypt 2 0 R>>\nstartxref\n9\n%%EOF\n";
    for (name, bytes, mime, becomes, codes) in [
        ("Cong van.doc", doc_with_macros(), "application/msword", "Cong van.doc", &["macros", "encrypted"][..]),
        ("Mau don.rtf", b"{\\rtf1\\ansi Xin ch\xE0o}".to_vec(), "application/rtf", "Mau don.rtf", &[]),
        ("ho so", b"Rar!\x1A\x07\0\0\0\x73\0\0\x0D\0".to_vec(), "application/vnd.rar", "ho so.rar", &[]),
        ("De thi.pdf", pdf.to_vec(), "application/pdf", "De thi.pdf", &["encrypted"]),
    ] {
        let file = editor.uploads(name, &bytes).await;

        assert_eq!((file.field("kind"), file.field("mime_type")), (&json!("document"), &json!(mime)), "{name}");
        assert_eq!(file.field("file_name"), becomes);
        let said = |data: &Value| -> Vec<String> {
            let warnings = data["warnings"].as_array().expect("warnings").iter();
            warnings.map(|it| it["code"].as_str().expect("a code").to_owned()).collect()
        };
        assert_eq!(said(&file.data), codes, "{name}");
        // Kept, and told again to whoever reviews.
        let again = editor.get(&format!("/media/{}", file.id)).await;
        assert_eq!(said(again.data()), codes, "{name}");
        let sent = editor.downloads(&site, file.url()).await;
        assert_eq!(sent.is(200).bytes, bytes);
        assert_eq!(sent.header("content-type"), mime);
        assert_eq!(sent.header("x-content-type-options"), "nosniff");
        assert!(sent.header("content-security-policy").contains("sandbox"));
        assert!(sent.header("content-disposition").starts_with("attachment"), "{name}");
    }
}

#[actix_web::test]
async fn a_warning_is_in_the_language_of_whoever_asks() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.doc", &doc_with_macros()).await;
    assert!(file.field("warnings")[0]["message"].as_str().is_some_and(|it| it.contains("macro: chỉ mở")));

    let request = author.request(Method::GET, &format!("/media/{}", file.id)).header("accept-language", "en");

    let english = site.send(request).await;
    let message = &english.is(200).data()["warnings"][0]["message"];
    assert!(message.as_str().is_some_and(|it| it.contains("trust")), "{message}");
}

#[actix_web::test]
async fn what_a_file_is_decides_its_content() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for (name, bytes, mime, becomes) in [
        ("anh.pdf", jpeg(20, 20), "image/jpeg", "anh.jpg"),
        ("anh.jpg", png(20, 20), "image/png", "anh.png"),
        ("nhac.exe", wav(1), "audio/wav", "nhac.wav"),
        ("trang.html", pdf("x"), "application/pdf", "trang.pdf"),
    ] {
        let file = author.uploads(name, &bytes).await;
        assert_eq!((file.field("mime_type"), file.field("file_name")), (&json!(mime), &json!(becomes)), "{name}");
    }
}

/// A GIF whose header says that it is 0 by 1; what is drawn on it is one pixel.
fn gif_of_no_width() -> Vec<u8> {
    let header = b"GIF89a\0\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let picture = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B";
    [&header[..], picture].concat()
}

#[actix_web::test]
async fn what_is_not_taken_leaves_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let exe = [&b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"[..], &[0; 200]].concat();
    let whole = jpeg(400, 300);
    // To be said to be packed: tag 259, its compression, from none to LZW (TIFF 6.0, section 8).
    let scan = picture(40, 30, ImageFormat::Tiff);
    for (name, bytes, status, error) in [
        ("hinh.svg", &svg[..], 415, "/file markup"),
        ("anh.jpg", b"<!DOCTYPE html><html><script>alert(1)</script></html>", 415, "/file markup"),
        ("cai-dat.pdf", &exe, 415, "/file program"),
        ("trong.txt", b"", 422, "/file empty"),
        ("anh.jpg", &whole[..whole.len() / 2], 422, "/file broken"),
        ("lon.png", &png_claiming(30_000, 30_000), 422, "/file too_large"),
        // A screen of no width, and a picture of one pixel beside it.
        ("dong.gif", &gif_of_no_width(), 422, "/file broken"),
        ("nhac.wav", b"RIFF\x04\0\0\0WAVE", 422, "/file broken"),
        // Its list is in a place that no file has.
        ("nen.7z", b"7z\xBC\xAF\x27\x1C\0\x04\0\0\0\0aaaaaaa\x70aaaaaaaaaaaa", 422, "/file broken"),
        (
            "quet.tif",
            &patched(&scan, b"\x03\x01\x03\0\x01\0\0\0\x01", b"\x03\x01\x03\0\x01\0\0\0\x05"),
            422,
            "/file broken",
        ),
    ] {
        let code = if status == 415 { "unsupported_media_type" } else { "validation_failed" };
        let started = std::time::Instant::now();
        let refusal = author.tries_to_upload(name, bytes).await;
        assert_eq!(refusal.is_problem(status, code).errors(), [error], "{name}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name} took {:?}", started.elapsed());
    }
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
    site.spool_is_emptied().await;
}

#[actix_web::test]
async fn what_is_no_form_with_a_file_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let post = || author.request(Method::POST, "/media");

    let other_field = site.send(form(post(), "anh", "a.jpg", &jpeg(8, 8))).await;
    assert_eq!(other_field.is_problem(422, "validation_failed").errors(), ["/file required"]);
    let no_field = post().header("content-type", "multipart/form-data; boundary=x").body("--x--\r\n");
    assert_eq!(site.send(no_field).await.is_problem(422, "validation_failed").errors(), ["/file required"]);
    site.send(post().json(&json!({}))).await.is_problem(415, "unsupported_media_type");
    site.send(post().header("content-type", "image/jpeg").body(jpeg(8, 8)))
        .await
        .is_problem(415, "unsupported_media_type");
    let cut = post().header("content-type", "multipart/form-data; boundary=x");
    let cut = cut.body("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc");
    site.send(cut).await.is_problem(400, "bad_request");

    assert_eq!((site.count("media"), site.objects().await), (0, 0));
    site.spool_is_emptied().await;
}

#[actix_web::test]
async fn each_kind_has_its_limit() {
    let site = Site::with(|settings| {
        settings.media.media_max_image = ByteSize::b(20_000);
        settings.media.media_max_audio = ByteSize::b(100_000);
        settings.media.media_max_document = ByteSize::b(1_000);
    })
    .await;
    let author = site.person([Author]).await;
    let large = jpeg(700, 700);
    assert!(large.len() > 20_000 && large.len() < 100_000, "{}", large.len());

    author.tries_to_upload("anh.jpg", &large).await.is_problem(413, "payload_too_large");
    author.tries_to_upload("nhac.wav", &wav(20)).await.is_problem(413, "payload_too_large");
    author.tries_to_upload("a.pdf", &pdf(&"x".repeat(1_000))).await.is_problem(413, "payload_too_large");
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
    site.spool_is_emptied().await;

    author.uploads("anh.jpg", &jpeg(100, 100)).await;
    author.uploads("nhac.wav", &wav(2)).await;
}

#[actix_web::test]
async fn names_are_made_harmless() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let long = format!("{}.pdf", "ạ".repeat(300));
    for (name, becomes) in [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\fakepath\\Đề án.pdf", "Đề án.pdf"),
        ("hoa\u{202E}gpj.exe", "hoagpj.pdf"),
        ("Ke\u{302}\u{301} hoạch 50%.pdf", "Kế hoạch 50%.pdf"),
        ("", "tep.pdf"),
        (&long, &format!("{}.pdf", "ạ".repeat(146))),
    ] {
        let file = author.uploads(name, &pdf("x")).await;
        assert_eq!(file.field("file_name"), becomes, "{name:?}");
        assert!(file.url().is_ascii());
        author.downloads(&site, file.url()).await.is(200);
    }
}

#[actix_web::test]
async fn who_writes_articles_uploads() {
    let site = Site::start().await;
    for role in [Author, Editor, Admin] {
        site.person([role]).await.uploads("a.pdf", &pdf("x")).await;
    }
    for role in [Approver, Accountant] {
        let person = site.person([role]).await;
        person.tries_to_upload("a.pdf", &pdf("y")).await.is_problem(403, "forbidden");
    }
    let nobody = form(site.request(Method::POST, "/api/v1/manage/media"), "file", "a.pdf", &pdf("y"));
    site.send(nobody).await.is_problem(401, "unauthenticated");
    assert_eq!((site.count("media"), site.objects().await), (3, 1));
}

#[actix_web::test]
async fn the_same_bytes_are_kept_once() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);

    let first = author.uploads("một.jpg", &jpeg(40, 30)).await;
    let second = other.uploads("hai.jpg", &jpeg(40, 30)).await;

    assert_ne!(first.id, second.id);
    assert_eq!(first.field("sha256"), second.field("sha256"));
    assert_eq!((site.count("media"), site.objects().await), (2, 1));
    site.spool_is_emptied().await;
    author.tries_to_remove(&first).await.is(204);
    assert_eq!(
        other.downloads(&site, second.url()).await.is(200).bytes.len(),
        second.field("size").as_u64().unwrap() as usize
    );
}

#[actix_web::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let address = site.base.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/v1/manage/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 9000000\r\n\
         Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"a.wav\"\r\n\r\n",
        author.token
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&wav(60)).unwrap();
    wait_until(|| site.spooled() == 1).await;

    drop(connection);

    site.spool_is_emptied().await;
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
}

async fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[actix_web::test]
async fn a_form_may_describe_its_file() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let parts = [
        text_part("csrf", "x"),
        text_part("title", " Trụ  sở\nUBND "),
        text_part("caption", ""),
        file_part("file", "a.jpg", &jpeg(30, 20)),
        text_part("alt", "Mặt trước"),
        text_part("credit", "Trung tâm Văn hóa tỉnh"),
        text_part("licence", "CC BY 4.0"),
    ];

    let file = site.send(form_of(author.request(Method::POST, "/media"), &parts)).await;

    let file = file.is(201).data();
    for (field, value) in [
        ("title", json!("Trụ sở UBND")),
        ("alt", json!("Mặt trước")),
        ("caption", Value::Null),
        ("credit", json!("Trung tâm Văn hóa tỉnh")),
        ("licence", json!("CC BY 4.0")),
    ] {
        assert_eq!(file[field], value, "{field}");
    }
}

#[actix_web::test]
async fn a_form_that_says_too_much_is_refused_and_leaves_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = || file_part("file", "a.pdf", &pdf("x"));
    let markup = text_part("title", "<b>Trụ sở</b>");
    for (parts, errors) in [
        (vec![markup, text_part("credit", "\u{200B}"), file()], vec!["/credit too_short", "/title markup"]),
        (vec![file(), text_part("alt", &"x".repeat(501))], vec!["/alt too_long"]),
        (vec![file(), file()], vec!["/file repeated"]),
        (vec![text_part("title", "x")], vec!["/file required"]),
    ] {
        let refusal = site.send(form_of(author.request(Method::POST, "/media"), &parts)).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), errors);
    }
    let parts = [text_part("x", &"x".repeat(40_000)), text_part("y", &"y".repeat(40_000)), file()];
    let large = site.send(form_of(author.request(Method::POST, "/media"), &parts)).await;
    large.is_problem(413, "payload_too_large");

    assert_eq!((site.count("media"), site.objects().await), (0, 0));
    site.spool_is_emptied().await;
}
