//! Sending files: to everyone exactly while a live article uses them.

use chrono::Duration;
use image::ImageFormat::Jpeg;
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::workflow::Transition::Unpublish;

use crate::support::{
    Admin, Answer, Approver, Author, Site, an_article,
    files::{document, picture, recording},
    in_minutes,
    person::Handle,
};

/// A live article with a picture, and the library's record of it.
async fn live_with_a_picture(site: &Site) -> (Handle, Value) {
    let author = site.person([Author]).await;
    let file = author.uploads(site, "Trụ sở.jpg", &picture(700, 400, Jpeg)).await.is(201).data().clone();
    let category = site.category("Thông báo").await;
    let article = an_article().filed_under(&category);
    let article = article.with("image", json!({ "media_id": file["id"], "alt": "Trụ sở" }));
    (site.live(article).await, file)
}

async fn fetched(site: &Site, file: &Value, name: &str) -> Answer {
    site.get(&format!("/media/{}/{name}", file["id"].as_str().unwrap())).await
}

async fn is_closed(site: &Site, file: &Value) {
    for name in ["tep.jpg", "thumb.webp", "share.jpg"] {
        fetched(site, file, name).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_live_article_is_delivered_with_its_files() {
    let site = Site::start().await;
    let (article, file) = live_with_a_picture(&site).await;

    let image = site.public(&article).await.is(200).data()["image"].clone();

    assert_eq!((&image["media_id"], &image["alt"]), (&file["id"], &"Trụ sở".into()));
    for field in ["url", "mime_type", "size", "width", "height", "renditions"] {
        assert_eq!(image[field], file[field], "{field}");
    }
    let card = site.get("/api/v1/articles").await.rows()[0]["image"].clone();
    assert_eq!(card, image);
}

#[actix_web::test]
async fn a_file_is_open_while_a_live_article_uses_it_and_closed_at_once_afterwards() {
    let site = Site::start().await;
    let (article, file) = live_with_a_picture(&site).await;
    let open = site.get(file["url"].as_str().unwrap()).await;
    assert_eq!(open.is(200).header("cache-control"), "public, no-cache");
    fetched(&site, &file, "thumb.webp").await.is(200);

    site.person([Approver]).await.does(Unpublish, &article).await;

    is_closed(&site, &file).await;
}

#[actix_web::test]
async fn a_file_of_a_draft_is_closed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await.is(201).data().clone();
    author.creates(an_article().with("image", json!({ "media_id": file["id"] }))).await;

    is_closed(&site, &file).await;
}

#[actix_web::test]
async fn expiry_closes_a_file() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let approver = site.person([Approver]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await.is(201).data().clone();
    let category = site.category("Thông báo").await;
    let article = an_article().filed_under(&category).with("image", json!({ "media_id": file["id"], "alt": "Ảnh" }));
    let approved = approver.approves(&author.submits(article).await).await;
    approver.publishes_with(&approved, json!({ "expires_at": in_minutes(60) })).await;
    fetched(&site, &file, "a.jpg").await.is(200);

    site.time_passes(Duration::minutes(61));

    is_closed(&site, &file).await;
}

#[actix_web::test]
async fn who_may_read_the_article_gets_its_file_before_the_public_does() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await.is(201).data().clone();
    author.creates(an_article().with("image", json!({ "media_id": file["id"] }))).await;
    let (approver, stranger) = (site.person([Approver]).await, site.person([Author]).await);
    let path = format!("/media/{}/a.jpg", file["id"].as_str().unwrap());

    for person in [&author, &approver] {
        let answer = site.send(site.request(Method::GET, &path).bearer_auth(&person.token)).await;
        assert_eq!(answer.is(200).header("cache-control"), "private, no-store");
    }
    site.send(site.request(Method::GET, &path).bearer_auth(&stranger.token)).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn renditions_have_the_sizes_that_are_announced_and_no_metadata() {
    let site = Site::start().await;
    let (_, file) = live_with_a_picture(&site).await;

    for rendition in file["renditions"].as_array().unwrap() {
        let answer = site.get(rendition["url"].as_str().unwrap()).await;
        assert_eq!(answer.is(200).header("content-type"), rendition["mime_type"]);
        let made = image::load_from_memory(&answer.bytes).unwrap();
        assert_eq!(
            (made.width(), made.height()),
            (rendition["width"].as_u64().unwrap() as u32, rendition["height"].as_u64().unwrap() as u32)
        );
    }
}

#[actix_web::test]
async fn a_rendition_that_many_ask_for_at_once_is_the_same_for_all() {
    let site = Site::start().await;
    let (_, file) = live_with_a_picture(&site).await;

    let answers = futures_util::future::join_all((0..8).map(|_| fetched(&site, &file, "card.webp"))).await;

    assert!(answers.iter().all(|answer| answer.is(200).bytes == answers[0].bytes));
}

#[actix_web::test]
async fn a_document_is_saved_under_its_whole_name_and_can_do_nothing_when_opened() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "Kế hoạch.pdf", &document()).await.is(201).data().clone();
    let category = site.category("Thông báo").await;
    let attachments = json!([{ "media_id": file["id"], "title": "Toàn văn" }]);
    let article = site.live(an_article().filed_under(&category).with("attachments", attachments)).await;

    let url = site.public(&article).await.data()["attachments"][0]["url"].as_str().unwrap().to_owned();
    let answer = site.get(&url).await;

    assert_eq!(answer.is(200).bytes, document());
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment") && disposition.contains("UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.pdf"),
        "{disposition}"
    );
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let known = site.send(site.request(Method::GET, &url).header("if-none-match", answer.header("etag"))).await;
    assert!(known.is(304).bytes.is_empty());
}

#[actix_web::test]
async fn a_player_gets_the_range_that_it_asks_for() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let file = admin.uploads(&site, "ban-tin.wav", &recording()).await.is(201).data().clone();
    let category = site.category("Thông báo").await;
    let audio = json!({ "media_id": file["id"], "title": "Nghe" });
    site.live(an_article().filed_under(&category).with("audio", audio)).await;
    let whole = recording();
    let size = whole.len();
    let url = file["url"].as_str().unwrap();
    let etag = site.get(url).await.header("etag");
    let ranged = |range: &str| site.request(Method::GET, url).header("range", range);

    for (range, first, last) in [
        ("bytes=0-9", 0, 9),
        ("bytes=8000-", 8000, size - 1),
        ("bytes=-4", size - 4, size - 1),
        ("bytes=8040-99999", 8040, size - 1),
    ] {
        let part = site.send(ranged(range)).await;
        assert_eq!(part.is(206).bytes, &whole[first..=last], "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{size}"));
    }
    let beyond = site.send(ranged("bytes=99999-")).await;
    assert_eq!(beyond.is_problem(416, "range_not_satisfiable").header("content-range"), format!("bytes */{size}"));
    for (header, value) in [("if-range", "\"another\""), ("if-range", "Tue, 24 Nov 2026 00:00:00 GMT")] {
        assert_eq!(site.send(ranged("bytes=0-9").header(header, value)).await.is(200).bytes, whole);
    }
    site.send(ranged("bytes=0-9").header("if-range", &etag)).await.is(206);
    assert_eq!(site.send(ranged("bytes=0-1,4-5")).await.is(200).bytes, whole);
    let head = site.send(site.request(Method::HEAD, url)).await;
    assert_eq!((head.is(200).bytes.len(), head.header("content-length")), (0, size.to_string()));
}
