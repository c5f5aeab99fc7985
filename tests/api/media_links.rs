//! Links by which anyone may fetch a file that is not public, for a while.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Answer, Author, Person, Site,
    files::{jpeg, pdf},
    person::Handle,
};

/// A link that somebody makes.
async fn link(person: &Person<'_>, file: &Handle, input: &serde_json::Value) -> Answer {
    person.post(&format!("/media/{}/link", file.id), input).await
}

/// The URL of a link that somebody makes.
async fn url(person: &Person<'_>, file: &Handle) -> String {
    link(person, file, &json!({})).await.is(201).data()["url"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn whoever_has_a_link_gets_the_file_and_its_renditions() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let picture = author.uploads("Dự thảo.jpg", &jpeg(700, 500)).await;
    let bare = site.send(author.request(Method::POST, &format!("/media/{}/link", picture.id))).await;

    let made = bare.is(201).data();

    let url = made["url"].as_str().unwrap();
    assert_eq!(bare.header("location"), url);
    let minutes = (made["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        - chrono::Utc::now())
    .num_minutes();
    assert!((58..=60).contains(&minutes), "{minutes}");
    let file = site.get(url).await;
    assert_eq!(file.is(200).header("cache-control"), "private, no-store");
    assert_eq!(file.header("content-type"), "image/jpeg");
    let query = url.split_once('?').unwrap().1;
    let card = site.get(&format!("/media/{}/card.webp?{query}", picture.id)).await;
    assert_eq!(
        (card.is(200).header("content-type"), card.header("cache-control")),
        ("image/webp".into(), "private, no-store".into())
    );
    site.get(picture.url()).await.is_problem(404, "not_found");
    assert_eq!(site.events(&picture), ["media.created", "media.linked"]);
}

#[actix_web::test]
async fn a_link_that_was_tampered_with_leads_nowhere() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (file, other) = (author.uploads("a.pdf", &pdf("x")).await, author.uploads("b.pdf", &pdf("y")).await);
    let good = url(&author, &file).await;
    let (start, signature) = good.split_once("&signature=").unwrap();
    let (name, expires) = start.split_once("&expires=").unwrap();
    let later = expires.parse::<i64>().unwrap() + 1;

    for bad in [
        good.replace(&file.id, &other.id),
        format!("{name}&expires={later}&signature={signature}"),
        format!("{name}&expires=x&signature={signature}"),
        format!("{name}&signature={signature}"),
        start.to_owned(),
        format!("{start}&signature="),
        format!("{start}&signature={}", &signature[..signature.len() - 2]),
        format!("{start}&signature={}", signature.chars().rev().collect::<String>()),
    ] {
        site.get(&bad).await.is_problem(404, "not_found");
    }
    site.get(&good).await.is(200);
}

#[actix_web::test]
async fn a_link_ends_with_its_time() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("x")).await;
    let hour = url(&author, &file).await;
    let day = link(&author, &file, &json!({ "expires_in": 86_400 })).await.is(201).data()["url"].clone();

    site.time_passes(chrono::Duration::seconds(3601));

    site.get(&hour).await.is_problem(404, "not_found");
    site.get(day.as_str().unwrap()).await.is(200);
    for (seconds, error) in [(0, "/expires_in too_small"), (86_401, "/expires_in too_large")] {
        let refusal = link(&author, &file, &json!({ "expires_in": seconds })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
}

#[actix_web::test]
async fn other_bytes_end_a_link() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("x")).await;
    let before = url(&author, &file).await;

    let new = author.replaces(&file, "a.pdf", &pdf("y")).await;

    site.get(&before).await.is_problem(404, "not_found");
    site.get(&url(&author, &new).await).await.is(200);
    author.tries_to_remove(&new).await.is(204);
    site.get(&before).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn only_who_may_see_a_file_makes_a_link_to_it() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads("a.pdf", &pdf("x")).await;

    link(&stranger, &file, &json!({})).await.is_problem(404, "not_found");
    let anonymous = site.post(&format!("/api/v1/manage/media/{}/link", file.id), &json!({})).await;
    anonymous.is_problem(401, "unauthenticated");

    assert!(url(&author, &file).await.starts_with("https://tinh.example/media/"));
}
