//! Files in articles: which may be used, and how they are delivered.

use serde_json::json;
use tintuc::media::library::purge::Removed;
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
async fn another_persons_file_cannot_be_seen_by_using_it() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads("Dự thảo.pdf", &pdf("dự thảo")).await;

    let refusal =
        stranger.tries_to_create(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/attachments/0/media_id unknown"]);
    stranger.downloads(&site, file.url()).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_document_that_a_body_links_to_is_public_with_its_article_and_stays() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let editor = site.person([Editor]).await;
    let (near, far) = (editor.uploads("Kế hoạch.pdf", &pdf("x")).await, editor.uploads("b.pdf", &pdf("y")).await);
    let paths = [&near, &far].map(|file| file.url().strip_prefix("https://tinh.example").unwrap());
    let body = format!("<p><a href=\"{}\">Kế hoạch</a> <a href=\"{}\">b</a></p>", paths[0], far.url());

    let live = site.live(site.article().await.with("body", body.clone())).await;

    for (file, path) in [(&near, paths[0]), (&far, paths[1])] {
        site.get(path).await.is(200);
        let refusal = editor.tries_to_remove(file).await;
        let uses = &refusal.is_problem(409, "conflict").body["uses"];
        let places: Vec<_> = uses.as_array().unwrap().iter().map(|it| it["place"].as_str().unwrap()).collect();
        assert_eq!(places, ["body", "published"]);
    }
    let delivered = site.public(&live).await.is(200).data()["body"].as_str().unwrap().to_owned();
    assert!(delivered.contains(&format!("href=\"{}\"", paths[0])) && delivered.contains(far.url()), "{delivered}");
}

#[actix_web::test]
async fn a_body_links_to_files_that_are_there_and_known_to_its_writer() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads("Dự thảo.pdf", &pdf("dự thảo")).await;
    let linking = |url: &str| an_article().with("body", format!("<p><a href=\"{url}\">x</a></p>"));

    for url in [
        file.url().to_owned(),
        format!("/media/{}/a.pdf", file.id),
        format!("/media/{}/a.pdf", Uuid::now_v7()),
        format!("https://tinh.example/media/{}/a.pdf", Uuid::now_v7()),
    ] {
        let refusal = stranger.tries_to_create(linking(&url)).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/body unknown"], "{url}");
    }
    let elsewhere = format!("https://a.example/media/{}/a.pdf", file.id);
    stranger.creates(linking(&elsewhere)).await;
    assert_eq!(author.get(&format!("/media/{}/uses", file.id)).await.is(200).rows().len(), 0);
    author.creates(linking(file.url())).await;
}

#[actix_web::test]
async fn addresses_of_files_are_absolute_where_the_site_is_known() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("a.jpg", &jpeg(1600, 900)).await;
    let (recording, document) = (editor.uploads("b.wav", &wav(1)).await, editor.uploads("c.pdf", &pdf("x")).await);
    let article = site.article().await.with("image", json!({ "media_id": picture.id, "alt": "x" }));
    let article = article.with("audio", json!({ "media_id": recording.id }));
    let article = article.with("attachments", json!([{ "media_id": document.id }]));
    let first = site.live(article).await;
    let live = site.live(site.article().await.with("related", json!([first.id]))).await;

    let (first, live) = (site.public(&first).await, site.public(&live).await);

    let absolute = |file: &str| format!("https://tinh.example/media/{file}");
    assert!(picture.url().starts_with(&absolute(&picture.id)));
    let first = first.is(200).data();
    for (part, file) in [("/image", &picture), ("/audio", &recording), ("/attachments/0", &document)] {
        assert_eq!(first.pointer(part).unwrap()["url"], file.url());
    }
    assert!(picture.rendition("card.webp").starts_with(&absolute(&picture.id)));
    assert_eq!(&first["image"]["renditions"], picture.field("renditions"));
    assert_eq!(live.data()["related"][0]["image"], first["image"]);
    let cards = site.get("/api/v1/articles").await;
    assert_eq!(cards.rows()[1]["image"], first["image"]);
    let library = editor.get("/media?kind=image").await;
    assert_eq!(library.rows()[0]["url"], picture.url());
    assert_eq!(editor.get(&format!("/media/{}", picture.id)).await.data()["url"], picture.url());
}

#[actix_web::test]
async fn a_file_of_an_article_in_the_trash_is_there_when_it_is_restored() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let article = editor.creates(an_article().with("attachments", json!([{ "media_id": file.id }]))).await;
    editor.tries_to_delete(&article, "").await.is(204);

    editor.tries_to_remove(&file).await.is_problem(409, "conflict");
    site.time_passes(chrono::Duration::days(40));
    assert_eq!(site.purges_media().await, Removed::default());

    let editor = site.person([Editor]).await;
    editor.post(&format!("/trash/{}/restore", article.id), &json!({})).await.is(200);
    editor.downloads(&site, file.url()).await.is(200);
}

#[actix_web::test]
async fn an_edit_that_takes_up_a_file_that_is_gone_is_told_which() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (gone, kept) = (editor.uploads("a.pdf", &pdf("x")).await, editor.uploads("b.pdf", &pdf("y")).await);
    let both = json!([{ "media_id": kept.id }, { "media_id": gone.id }]);
    let article = editor.creates(an_article()).await;
    editor.tries_to_remove(&gone).await.is(204);

    let refusal = editor.tries_to_edit(&article, json!({ "attachments": both })).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/attachments/1/media_id unknown"]);
}
