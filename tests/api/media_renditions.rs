//! Pictures in the sizes that pages ask for, and what is sent of the picture itself.

use futures_util::future::join_all;
use image::GenericImageView;
use serde_json::json;

use crate::support::{
    Editor, Site,
    files::{CAMERA, jpeg, jpeg_with_place, png},
    person::Handle,
};

/// Makes files public: attached to a live article.
async fn made_public<const N: usize>(site: &Site, files: [&Handle; N]) {
    let attached = files.map(|file| json!({ "media_id": file.id }));
    site.live(site.article().await.with("attachments", json!(attached.as_slice()))).await;
}

#[actix_web::test]
async fn renditions_are_as_large_as_they_are_said_to_be() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for (picture, share) in [
        (editor.uploads("a.jpg", &jpeg(1600, 900)).await, (1200, 630)),
        (editor.uploads("b.png", &png(500, 400)).await, (500, 263)),
    ] {
        made_public(&site, [&picture]).await;
        let original = picture.field("width").as_u64().unwrap();
        for link in picture.field("renditions").as_array().unwrap() {
            let answer = site.get(link["url"].as_str().unwrap()).await;
            assert_eq!(answer.is(200).header("content-type"), link["mime_type"].as_str().unwrap());
            let (width, height) = image::load_from_memory(&answer.bytes).unwrap().dimensions();
            assert_eq!((json!(width), json!(height)), (link["width"].clone(), link["height"].clone()), "{link:#}");
            assert!(u64::from(width) <= original);
            assert!(link["preset"] != "share" || (width, height) == share, "{link:#}");
        }
    }
}

#[actix_web::test]
async fn a_picture_that_is_named_like_a_rendition_is_itself() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;

    let picture = editor.uploads("card.jpg", &jpeg(1600, 900)).await;

    let sent = editor.downloads(&site, picture.url()).await;
    assert_eq!(sent.is(200).bytes.len(), picture.field("size").as_u64().unwrap() as usize);
    assert_eq!(sent.header("content-disposition"), "inline; filename=\"card.jpg\"");
}

#[actix_web::test]
async fn readers_do_not_learn_where_a_photograph_was_taken() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let taken = jpeg_with_place(800, 600);
    assert!(holds(&taken, CAMERA.as_bytes()));

    let picture = editor.uploads("a.jpg", &taken).await;

    for path in [picture.url(), picture.rendition("card.jpg"), picture.rendition("card.webp")] {
        let sent = editor.downloads(&site, path).await.is(200).bytes.clone();
        assert!(!holds(&sent, b"Exif") && !holds(&sent, CAMERA.as_bytes()), "{path}");
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[actix_web::test]
async fn all_who_ask_first_get_the_same_rendition() {
    let site = Site::start().await;
    let picture = site.person([Editor]).await.uploads("a.jpg", &jpeg(1600, 900)).await;
    made_public(&site, [&picture]).await;
    let path = picture.rendition("lead.webp");

    let answers = join_all((0..12).map(|_| site.get(path))).await;

    let first = &answers[0];
    assert!(first.is(200).bytes.starts_with(b"RIFF"));
    for answer in &answers {
        assert_eq!((answer.is(200).header("etag"), &answer.bytes), (first.header("etag"), &first.bytes));
    }
    site.spool_is_emptied().await;
}
