//! Under which names files are found.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Author, Editor, Site,
    files::{jpeg, pdf},
    person::Handle,
};

/// Makes files public: attached to a live article.
async fn made_public<const N: usize>(site: &Site, files: [&Handle; N]) {
    let attached = files.map(|file| json!({ "media_id": file.id }));
    site.live(site.article().await.with("attachments", json!(attached.as_slice()))).await;
}

#[actix_web::test]
async fn another_name_of_a_public_file_leads_to_its_own() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(1600, 900)).await;
    let document = editor.uploads("Kế hoạch.pdf", &pdf("x")).await;
    made_public(&site, [&picture, &document]).await;
    for (file, name) in [(&picture, "ten-cu.jpg"), (&picture, "Tru%20so.png"), (&picture, "x"), (&document, "a.doc")] {
        for method in [Method::GET, Method::HEAD] {
            for range in ["", "bytes=0-3"] {
                let request = site.request(method.clone(), &format!("/media/{}/{name}", file.id));
                let answer = site.send(if range.is_empty() { request } else { request.header("range", range) }).await;
                assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (308, file.url()), "{name}");
                assert_eq!(answer.header("cache-control"), "public, no-cache");
                assert!(answer.bytes.is_empty());
            }
        }
    }
    site.get(picture.url().split_once('?').unwrap().0).await.is(200);
    site.get("/media/khong-co/a.jpg").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_rendition_that_there_is_none_of_is_not_found() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(1600, 900)).await;
    let document = editor.uploads("Kế hoạch.pdf", &pdf("x")).await;
    made_public(&site, [&picture, &document]).await;
    let version = picture.rendition("card.webp").split_once('?').unwrap().1;

    for (file, name) in [
        (&picture, "huge.webp"),
        (&picture, "thumb.gif"),
        (&picture, "thumb"),
        (&picture, "Card.webp"),
        (&picture, "card.webp.jpg"),
        (&document, "thumb.webp"),
        (&document, "share.jpg"),
    ] {
        for query in ["", version] {
            let path = format!("/media/{}/{name}?{query}", file.id);
            site.get(&path).await.is_problem(404, "not_found");
            let part = site.request(Method::GET, &path).header("range", "bytes=0-3");
            site.send(part).await.is_problem(404, "not_found");
            assert_eq!(site.send(site.request(Method::HEAD, &path)).await.status, 404, "{path}");
        }
        if file.id == picture.id {
            editor.downloads(&site, &format!("/media/{}/{name}", file.id)).await.is_problem(404, "not_found");
        }
    }
}

#[actix_web::test]
async fn an_address_from_before_leads_to_what_is_public() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("a.jpg", &jpeg(700, 500)).await;
    made_public(&site, [&picture]).await;

    for (former, now) in [
        ("anh.webp?v=0123456789abcdef", picture.url()),
        ("a.jpg?v=", picture.url()),
        ("card.webp?v=0123456789abcdef", picture.rendition("card.webp")),
        ("share.jpg?v=0123456789abcdef-500-0", picture.rendition("share.jpg")),
    ] {
        let answer = site.get(&format!("/media/{}/{former}", picture.id)).await;
        assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (308, now), "{former}");
    }
    let further = site.get(&format!("{}&x=1", picture.url())).await;
    assert_eq!(further.is(200).header("etag"), site.get(picture.url()).await.header("etag"));
}

#[actix_web::test]
async fn other_names_of_a_closed_file_lead_only_those_anywhere_who_may_have_it() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("x")).await;
    let path = format!("/media/{}/khac.pdf", file.id);
    let link = author.post(&format!("/media/{}/link", file.id), &json!({})).await;
    let link = link.is(201).data()["url"].as_str().unwrap().to_owned();

    site.get(&path).await.is_problem(404, "not_found");
    let led = author.downloads(&site, &path).await;
    assert_eq!((led.status.as_u16(), led.header("location").as_str()), (308, file.url()));
    assert_eq!(led.header("cache-control"), "private, no-store");
    let query = link.split_once('?').unwrap().1;
    let led = site.get(&format!("{path}?{query}")).await;
    assert_eq!((led.status.as_u16(), led.header("location")), (308, link));
}
