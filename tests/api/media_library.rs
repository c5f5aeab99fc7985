//! The library: describing, replacing, finding and removing files.

use image::ImageFormat::{Jpeg, Png};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Author, Editor, Person, Site, an_article,
    files::{document, picture, recording, with_file},
};

async fn describes(site: &Site, person: &Person<'_>, file: &Answer, description: Value) -> Answer {
    let path = format!("/media/{}", file.data()["id"].as_str().unwrap());
    let request = person.request(Method::PATCH, &path).header("if-match", file.header("etag"));
    site.send(request.json(&description)).await
}

async fn removes(site: &Site, person: &Person<'_>, file: &Answer) -> Answer {
    let path = format!("/media/{}", file.data()["id"].as_str().unwrap());
    site.send(person.request(Method::DELETE, &path).header("if-match", file.header("etag"))).await
}

#[actix_web::test]
async fn a_description_is_patched_with_the_entity_tag_of_the_record() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await;

    let described = describes(&site, &author, &file, json!({ "alt": "Trụ sở", "credit": "Trung tâm Văn hóa" })).await;
    let refined = describes(&site, &author, &described, json!({ "credit": null })).await;

    assert_eq!((&refined.is(200).data()["alt"], &refined.data()["credit"]), (&"Trụ sở".into(), &Value::Null));
    describes(&site, &author, &file, json!({ "alt": "Cũ" })).await.is_problem(412, "stale_version");
    let path = format!("/media/{}", file.data()["id"].as_str().unwrap());
    let without = author.request(Method::PATCH, &path).json(&json!({ "alt": "x" }));
    site.send(without).await.is_problem(428, "precondition_required");
}

#[actix_web::test]
async fn the_focal_point_of_a_picture_changes_the_address_of_its_crop() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(1600, 1200, Jpeg)).await;
    let crop = |answer: &Answer| answer.data()["renditions"][6]["url"].clone();

    let moved = describes(&site, &author, &file, json!({ "focal_point": { "x": 0.5, "y": 0.1 } })).await;

    assert!(crop(&file).as_str().unwrap().contains("/share.webp"));
    assert_ne!(crop(moved.is(200)), crop(&file));
    let sound = author.uploads(&site, "a.wav", &recording()).await;
    let refused = describes(&site, &author, &sound, json!({ "focal_point": { "x": 0.5, "y": 0.1 } })).await;
    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/focal_point wrong_kind"]);
}

#[actix_web::test]
async fn replaced_bytes_are_followed_by_everything_that_uses_them() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.png", &picture(400, 300, Png)).await;
    let id = file.data()["id"].as_str().unwrap().to_owned();
    let category = site.category("Thông báo").await;
    let image = json!({ "media_id": id, "alt": "Ảnh" });
    let article = site.live(an_article().filed_under(&category).with("image", image)).await;
    let replace = |bytes: Vec<u8>| {
        let request = author.request(Method::PUT, &format!("/media/{id}/file")).header("if-match", file.header("etag"));
        site.send(with_file(request, "b.png", &bytes))
    };

    replace(document()).await.is_problem(422, "validation_failed");
    let replaced = replace(picture(500, 300, Png)).await;

    assert_eq!(replaced.is(200).data()["width"], 500);
    let delivered = site.public(&article).await.data()["image"].clone();
    assert_eq!((&delivered["url"], &delivered["width"]), (&replaced.data()["url"], &500.into()));
    assert_ne!(delivered["url"], file.data()["url"]);
}

#[actix_web::test]
async fn a_file_in_use_cannot_be_removed_and_every_use_is_named() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await;
    let id = file.data()["id"].as_str().unwrap();
    let body = format!("<p>Xem ảnh</p><img src=\"/media/{id}/a.jpg\" alt=\"Ảnh\">");
    let article = author.creates(an_article().with("body", body).with("image", json!({ "media_id": id }))).await;

    let refused = removes(&site, &author, &file).await;

    refused.is_problem(409, "conflict");
    let places: Vec<_> = refused.body["uses"].as_array().unwrap().iter().map(|used| used["place"].clone()).collect();
    assert_eq!(places, [json!("body"), json!("image")]);
    assert_eq!(author.get(&format!("/media/{id}/uses")).await.is(200).rows().len(), 2);
    author.edits(&article, json!({ "body": null, "image": null })).await;
    removes(&site, &author, &file).await.is(204);
    author.get(&format!("/media/{id}")).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_body_shows_only_pictures_that_are_there() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let sound = author.uploads(&site, "a.wav", &recording()).await;
    let body = |id: &str| format!("<img src=\"/media/{id}/a.jpg\" alt=\"x\">");

    let unknown = author.tries_to_create(an_article().with("body", body(&author.id.to_string()))).await;
    let wrong = author.tries_to_create(an_article().with("body", body(sound.data()["id"].as_str().unwrap()))).await;

    assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/body unknown"]);
    assert_eq!(wrong.is_problem(422, "validation_failed").errors(), ["/body wrong_kind"]);
}

#[actix_web::test]
async fn pictures_need_an_alternative_text_to_be_submitted() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await;
    let id = file.data()["id"].as_str().unwrap();
    let category = site.category("Thông báo").await;
    let body = format!("<p>x</p><img src=\"/media/{id}/a.jpg\">");
    let article = an_article().filed_under(&category).with("body", body).with("image", json!({ "media_id": id }));
    let draft = author.creates(article).await;

    let refused = author.tries(tintuc::workflow::Transition::Submit, &draft).await;

    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/body alt_required", "/image/alt required"]);
}

#[actix_web::test]
async fn the_library_lists_what_one_may_see_newest_first() {
    let site = Site::start().await;
    let (author, other, editor) =
        (site.person([Author]).await, site.person([Author]).await, site.person([Editor]).await);
    author.uploads(&site, "Kế hoạch.pdf", &document()).await.is(201);
    author.uploads(&site, "Trụ sở.jpg", &picture(400, 300, Jpeg)).await.is(201);
    let names = |answer: Answer| {
        answer.is(200).rows().iter().map(|row| row["file_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(names(editor.get("/media").await), ["Trụ sở.jpg", "Kế hoạch.pdf"]);
    assert_eq!(names(author.get("/media?kind=document").await), ["Kế hoạch.pdf"]);
    assert_eq!(names(author.get("/media?q=trụ").await), ["Trụ sở.jpg"]);
    assert!(names(other.get("/media").await).is_empty());
    let first = editor.get("/media?limit=1").await;
    let rest = first.next().unwrap().strip_prefix("/api/v1/manage").unwrap().to_owned();
    assert_eq!(names(editor.get(&rest).await), ["Kế hoạch.pdf"]);
}

#[actix_web::test]
async fn a_file_that_one_may_not_see_cannot_be_used() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads(&site, "a.jpg", &picture(400, 300, Jpeg)).await;
    let id = file.data()["id"].as_str().unwrap();

    let refused = stranger.tries_to_create(an_article().with("image", json!({ "media_id": id }))).await;

    assert_eq!(refused.is_problem(422, "validation_failed").errors(), ["/image/media_id unknown"]);
}

#[actix_web::test]
async fn a_picture_called_like_a_rendition_is_still_itself() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads(&site, "card.jpg", &picture(900, 300, Jpeg)).await;

    let url = file.data()["url"].as_str().unwrap();
    let sent = site.send(site.request(Method::GET, url).bearer_auth(&author.token)).await;

    assert_eq!(sent.is(200).bytes.len(), file.data()["size"]);
}
