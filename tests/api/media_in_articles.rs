//! Files in articles: which may be used, how they are delivered, and how articles follow when they are replaced.

use serde_json::json;
use uuid::Uuid;

use crate::support::{
    Author, Editor, Site, an_article,
    files::{jpeg, pdf, png, wav},
};

#[actix_web::test]
async fn an_article_is_delivered_with_what_there_is_to_know_of_its_files() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(1600, 900)).await;
    let small = editor.uploads("Nhỏ.png", &png(200, 100)).await;
    let recording = editor.uploads("Bản tin.wav", &wav(2)).await;
    let document = editor.uploads("Kế hoạch.pdf", &pdf("x")).await;
    let article = site.article().await.with("image", json!({ "media_id": picture.id, "alt": "Trụ sở" }));
    let article = article.with("description_image", json!({ "media_id": small.id, "alt": "Biểu trưng" }));
    let article = article.with("audio", json!({ "media_id": recording.id, "title": "Nghe" }));
    let live = site.live(article.with("attachments", json!([{ "media_id": document.id }]))).await;

    let article = site.public(&live).await.is(200).data().clone();

    for (part, file) in [
        (&article["image"], &picture),
        (&article["description_image"], &small),
        (&article["audio"], &recording),
        (&article["attachments"][0], &document),
    ] {
        assert_eq!(part["media_id"], file.id);
        for field in ["url", "mime_type", "size"] {
            assert_eq!(&part[field], file.field(field), "{field}");
        }
    }
    for (part, file) in [("image", &picture), ("description_image", &small)] {
        for field in ["width", "height", "renditions"] {
            assert_eq!(&article[part][field], file.field(field), "{field}");
        }
    }
    assert_eq!((&article["image"]["alt"], &article["audio"]["duration_ms"]), (&json!("Trụ sở"), &json!(2000)));
    let card = &site.get("/api/v1/articles").await.rows()[0].clone();
    assert_eq!((&card["image"], &card["description_image"]), (&article["image"], &article["description_image"]));
}

#[actix_web::test]
async fn an_article_uses_files_that_are_there_and_fit() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (nothing, document) = (Uuid::now_v7(), editor.uploads("a.pdf", &pdf("x")).await.id);
    let article = an_article().with("image", json!({ "media_id": document }));
    let article = article.with("description_image", json!({ "media_id": nothing }));
    let article = article.with("audio", json!({ "media_id": document }));
    let article = article.with("attachments", json!([{ "media_id": document }, { "media_id": nothing }]));
    let article = article.with("body", format!("<p>x</p><img src=\"/media/{document}/a.jpg\" alt=\"x\">"));

    let refusal = editor.tries_to_create(article).await;

    assert_eq!(
        refusal.is_problem(422, "validation_failed").errors(),
        [
            "/attachments/1/media_id unknown",
            "/audio/media_id wrong_kind",
            "/body wrong_kind",
            "/description_image/media_id unknown",
            "/image/media_id wrong_kind",
        ]
    );
}

#[actix_web::test]
async fn a_picture_in_a_body_is_public_with_its_article() {
    let site = Site::start().await;
    let picture = site.person([Editor]).await.uploads("a.jpg", &jpeg(300, 200)).await;
    let body = format!("<p>Ảnh:</p><img src=\"{}\" alt=\"Hội nghị\">", picture.rendition("thumb.webp"));

    site.live(site.article().await.with("body", body)).await;

    site.get(picture.rendition("thumb.webp")).await.is(200);
    site.get(picture.url()).await.is(200);
}

#[actix_web::test]
async fn other_bytes_change_the_address_and_all_that_uses_the_file_follows() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let old = editor.uploads("cũ.jpg", &jpeg(1600, 900)).await;
    let image = json!({ "media_id": old.id, "alt": "Trụ sở" });
    let live = site.live(site.article().await.with("image", image)).await;
    let before = site.public(&live).await;
    let old_tag = site.get(old.rendition("card.webp")).await.header("etag");

    let new = editor.replaces(&old, "mới.png", &png(800, 600)).await;

    assert_eq!((&new.id, new.field("file_name")), (&old.id, &json!("mới.png")));
    assert!(new.etag != old.etag && new.url() != old.url());
    let after = site.public(&live).await;
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!(after.data()["image"]["url"], new.url());
    assert_eq!(after.data()["image"]["width"], 800);
    let card = site.get(old.rendition("card.webp")).await;
    assert_ne!(card.is(200).header("etag"), old_tag, "an address from before has the new bytes");
    assert_eq!(image::load_from_memory(&card.bytes).unwrap().height(), 480);
    assert_eq!(site.get(old.url()).await.is(200).header("content-type"), "image/png");
}

#[actix_web::test]
async fn another_persons_file_cannot_be_seen_by_using_it() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads("Dự thảo.pdf", &pdf("dự thảo")).await;

    let refusal =
        stranger.tries_to_create(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/attachments/0/media_id unknown"]);
    stranger.downloads(&site, file.url()).await.is_problem(404, "not_found");
}
