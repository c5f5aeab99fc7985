//! Films and recordings: what is taken, what is known of it, how it is sent, what is refused and with which way out.

use bytesize::ByteSize;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Author, Editor, Site,
    files::{aac, flac, in_fragments, jpeg, mp3, mp4, patched, webm, webm_without_length},
};

#[actix_web::test]
async fn a_film_is_kept_as_it_is_and_tells_its_size_and_length() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for (name, bytes, mime, becomes, length) in [
        ("Khánh thành.mov", mp4(), "video/mp4", "Khánh thành.mp4", 2000..2001),
        ("a.mp4", in_fragments(), "video/mp4", "a.mp4", 2000..2001),
        ("b.mkv", webm(), "video/webm", "b.webm", 2000..2020),
        ("c.webm", webm_without_length(), "video/webm", "c.webm", 1900..2001),
    ] {
        let file = author.uploads(name, bytes).await;

        for (field, value) in [
            ("kind", json!("video")),
            ("mime_type", json!(mime)),
            ("file_name", json!(becomes)),
            ("size", json!(bytes.len())),
            ("width", json!(64)),
            ("height", json!(48)),
            ("renditions", json!([])),
            ("warnings", json!([])),
        ] {
            assert_eq!(file.field(field), &value, "{name} {field}");
        }
        let duration = file.field("duration_ms").as_u64().expect("a length");
        assert!(length.contains(&duration), "{name} {duration}");
        assert_eq!(author.downloads(&site, file.url()).await.is(200).bytes, bytes, "{name}");
    }
}

#[actix_web::test]
async fn a_film_that_a_telephone_turned_has_the_size_that_is_seen() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    // The matrix of the track in its header: from (1, 0, 0, 1) to a quarter turn (ISO/IEC 14496-12, 8.3.2).
    let one = [0, 1, 0, 0];
    let upright = [&one[..], &[0; 12], &one, &[0; 12], &[0x40, 0, 0, 0], &[0, 64, 0, 0, 0, 48, 0, 0]].concat();
    let turned = [&[0; 4][..], &one, &[0; 4], &[0xFF, 0xFF, 0, 0], &[0; 16], &[0x40, 0, 0, 0], &upright[36..]].concat();

    let file = author.uploads("dọc.mp4", &patched(mp4(), &upright, &turned)).await;

    assert_eq!((file.field("width"), file.field("height")), (&json!(48), &json!(64)));
}

#[actix_web::test]
async fn a_film_is_found_by_its_kind_and_sent_in_parts_while_a_live_article_has_it() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let film = editor.uploads("Khánh thành.mp4", mp4()).await;
    let listed = editor.get("/media?kind=video").await;
    assert_eq!(listed.data()[0]["id"], json!(film.id));
    let attached = json!([{ "media_id": film.id, "title": "Lễ khánh thành" }]);

    let article = site.live(site.article().await.with("attachments", attached)).await;

    let public = site.public(&article).await;
    let attachment = &public.is(200).data()["attachments"][0];
    for (field, value) in [
        ("mime_type", json!("video/mp4")),
        ("width", json!(64)),
        ("height", json!(48)),
        ("duration_ms", json!(2000)),
        ("size", json!(mp4().len())),
    ] {
        assert_eq!(attachment[field], value, "{field}: {attachment:#}");
    }
    let part = site.send(site.request(Method::GET, film.url()).header("range", "bytes=4-11")).await;
    assert_eq!(part.is(206).bytes, &mp4()[4..12]);
    assert_eq!(part.header("content-type"), "video/mp4");
    assert_eq!(part.header("content-range"), format!("bytes 4-11/{}", mp4().len()));
    assert_eq!(part.header("x-content-type-options"), "nosniff");
    assert!(part.header("content-disposition").starts_with("inline"), "{}", part.header("content-disposition"));
}

#[actix_web::test]
async fn a_film_in_a_body_is_played_from_the_library_and_shows_its_poster_before() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (film, poster) = (editor.uploads("phim.mp4", mp4()).await, editor.uploads("bìa.jpg", &jpeg(800, 450)).await);
    let body = format!(
        "<p>x</p><video src=\"/media/{}/phim.mp4\" poster=\"/media/{}/card.webp\" width=\"640\"></video>",
        film.id, poster.id
    );

    let live = site.live(site.article().await.with("body", body)).await;

    let public = site.public(&live).await;
    let shown = public.is(200).data()["body"].as_str().unwrap().to_owned();
    assert_eq!(
        shown,
        format!(
            "<p>x</p><video src=\"{}\" poster=\"{}\" width=\"640\" controls=\"\" preload=\"metadata\"></video>",
            film.url(),
            poster.rendition("card.webp")
        )
    );
    let part = site.send(site.request(Method::GET, film.url()).header("range", "bytes=0-7")).await;
    assert_eq!(part.is(206).bytes, &mp4()[..8]);
    assert_eq!(part.header("accept-ranges"), "bytes");
    site.get(poster.rendition("card.webp")).await.is(200);
    let uses = editor.get(&format!("/media/{}/uses", film.id)).await;
    assert!(uses.rows().iter().any(|it| it["place"] == "body"), "{:#}", uses.body);
    editor.tries_to_remove(&film).await.is_problem(409, "conflict");

    let picture = format!("<video src=\"{}\"></video>", poster.url());
    let refusal = editor.tries_to_edit(&editor.sees(&live).await, json!({ "body": picture })).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/body wrong_kind"]);
}

#[actix_web::test]
async fn a_film_that_not_all_browsers_play_is_refused_with_the_way_out() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for (name, bytes) in [
        ("HEVC", patched(mp4(), b"avc1", b"hvc1")),
        ("AV1", patched(mp4(), b"avc1", b"av01")),
        ("H.264 with ten bits", patched(mp4(), b"avcC\x01\x42", b"avcC\x01\x6E")),
        ("sound without compression", patched(mp4(), b"mp4a", b"lpcm")),
        ("Matroska", patched(webm(), b"\x42\x82\x84webm", b"\x42\x82\x84matr")),
        ("WebM with AV1", patched(webm(), b"V_VP8", b"V_AV1")),
        ("AVI", [&b"RIFF\x10\0\0\0AVI LIST"[..], &[0; 40]].concat()),
    ] {
        let refusal = author.tries_to_upload("phim.mp4", &bytes).await;
        let refusal = refusal.is_problem(415, "unsupported_media_type");
        assert_eq!(refusal.errors(), ["/file video_format"], "{name}");
        assert!(
            refusal.body["detail"].as_str().is_some_and(|it| it.contains("H.264") && it.contains("WebM")),
            "{name}"
        );
    }
    for (name, bytes) in
        [("mp4", &mp4()[..mp4().len() - 1200]), ("half", &early(mp4())[..3500]), ("webm", &webm()[..60])]
    {
        let refusal = author.tries_to_upload("phim", bytes).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/file broken"], "{name}");
    }
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
}

#[actix_web::test]
async fn films_have_a_limit_of_their_own() {
    let site = Site::with(|settings| settings.media.media_max_video = ByteSize::b(5_000)).await;
    let author = site.person([Author]).await;

    author.tries_to_upload("a.mp4", mp4()).await.is_problem(413, "payload_too_large");
    author.uploads("a.mp4", in_fragments()).await;
}

/// The same film with its description in front, as it is written for streaming. Where its frames are has changed, which
/// does not matter here.
fn early(film: &[u8]) -> Vec<u8> {
    let at = film.windows(4).position(|name| name == b"moov").expect("a description") - 4;
    let (front, moov) = film.split_at(at);
    let head = front.windows(4).position(|name| name == b"mdat").expect("frames") - 4;
    [&front[..head], moov, &front[head..]].concat()
}

#[actix_web::test]
async fn a_recording_that_does_not_say_how_long_it_is_is_counted_frame_by_frame() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    // 44,100 samples a second, 1,152 a frame of MP3 and 1,024 of AAC: half a minute of each.
    let (mp3, aac) = (mp3(1149), aac(1292));
    for (name, bytes, mime) in [("Bản tin sáng.mp3", mp3, "audio/mpeg"), ("Phỏng vấn.aac", aac, "audio/aac")] {
        let file = author.uploads(name, &bytes).await;

        assert_eq!((file.field("kind"), file.field("mime_type")), (&json!("audio"), &json!(mime)));
        let duration = file.field("duration_ms").as_u64().expect("a length");
        assert!(duration.abs_diff(30_000) <= 50, "{name}: {duration}");
        assert_eq!(author.downloads(&site, file.url()).await.is(200).bytes, bytes, "it is kept as it is");
    }
}

#[actix_web::test]
async fn a_recording_in_flac_is_taken_and_read_aloud_with_an_article() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let bytes = flac(30);

    let file = editor.uploads("Bài phát biểu.flac", &bytes).await;

    assert_eq!((file.field("kind"), file.field("mime_type")), (&json!("audio"), &json!("audio/flac")));
    assert_eq!((file.field("file_name"), file.field("duration_ms")), (&json!("Bài phát biểu.flac"), &json!(30_000)));
    let live = site.live(site.article().await.with("audio", json!({ "media_id": file.id, "title": "Nghe" }))).await;
    let public = site.public(&live).await;
    assert_eq!(public.is(200).data()["audio"]["duration_ms"], 30_000);
    let part = site.send(site.request(Method::GET, file.url()).header("range", "bytes=0-3")).await;
    assert_eq!(part.is(206).bytes, b"fLaC");
    assert_eq!(part.header("content-type"), "audio/flac");
    assert!(part.header("content-disposition").starts_with("inline"), "{}", part.header("content-disposition"));
}
