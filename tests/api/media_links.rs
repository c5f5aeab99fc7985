//! Links by which anyone may fetch a file that is not public, for a while.

use reqwest::Method;
use serde_json::json;
use tintuc::newsroom::Transition::Unpublish;

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Person, Site, an_article,
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

    let statements = || site.app.delivery.statements() + site.app.newsroom.statements();
    for bad in [
        good.replace(&file.id, &other.id),
        good.replace("&revision=1", "&revision=2"),
        good.replace("&of=file", "&of=article"),
        good.replace(&author.id.to_string(), &uuid::Uuid::nil().to_string()),
        good.replace("&made=1", "&made=2"),
        format!("{name}&expires={later}&signature={signature}"),
        format!("{name}&expires=x&signature={signature}"),
        format!("{name}&signature={signature}"),
        format!("{start}&signature="),
        format!("{start}&signature={}", &signature[..signature.len() - 2]),
        format!("{start}&signature={}", signature.chars().rev().collect::<String>()),
    ] {
        let before = statements();
        site.get(&bad).await.is_problem(404, "not_found");
        assert_eq!(statements(), before, "refused before the database is asked: {bad}");
    }
    site.get(start).await.is_problem(404, "not_found");
    site.get(&good).await.is(200);
}

#[actix_web::test]
async fn a_link_of_which_any_letter_was_changed_leads_nowhere() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("x")).await;
    let good = url(&author, &file).await;
    let signed = good.find("&revision").unwrap();
    // The last letter of a digest has two bits that say nothing: they must be zero.
    for at in signed + 1..good.len() {
        let other = if good.as_bytes()[at] == b'1' { "2" } else { "1" };
        let bad = format!("{}{other}{}", &good[..at], &good[at + 1..]);
        site.get(&bad).await.is_problem(404, "not_found");
    }
    site.get(&good).await.is(200);
}

#[actix_web::test]
async fn a_link_ends_with_what_it_showed() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let admin = site.person([Admin]).await;
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let attached = json!([{ "media_id": file.id }]);
    let draft = editor.creates(an_article().with("attachments", attached.clone())).await;
    let of_draft = url(&editor, &file).await;
    site.get(&of_draft).await.is(200);
    editor.tries_to_delete(&draft, "").await.is(204);
    site.get(&of_draft).await.is_problem(404, "not_found");
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", draft.id))).await.is(204);
    site.get(&of_draft).await.is_problem(404, "not_found");

    let live = site.live(site.article().await.with("attachments", attached)).await;
    let of_live = url(&editor, &file).await;
    site.get(&of_live).await.is(200);
    let withdrawn = approver.does(Unpublish, &live).await;
    site.get(&of_live).await.is_problem(404, "not_found");
    let again = url(&editor, &file).await;
    site.get(&again).await.is(200);

    site.send(editor.request(Method::HEAD, "/articles")).await.is(200);
    let other = editor.uploads("b.pdf", &pdf("y")).await;
    let of_other = url(&editor, &other).await;
    editor.tries_to_remove(&other).await.is(204);
    site.get(&of_other).await.is_problem(404, "not_found");
    assert_eq!(withdrawn.field("status"), "withdrawn");
}

#[actix_web::test]
async fn a_link_lets_nobody_see_what_its_maker_may_no_longer_see() {
    let site = Site::start().await;
    let (editor, author) = (site.person([Editor]).await, site.person([Author]).await);
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let article = author.creates(an_article()).await;
    let used = editor.edits(&article, json!({ "attachments": [{ "media_id": file.id }] })).await;
    let of_author = url(&author, &file).await;
    let of_editor = url(&editor, &file).await;
    site.get(&of_author).await.is(200);

    editor.edits(&used, json!({ "attachments": [] })).await;
    site.get(&of_author).await.is_problem(404, "not_found");
    site.get(&of_editor).await.is(200);
    site.sql(&format!("UPDATE users SET disabled_at = now() WHERE id = '{}'", editor.id)).unwrap();
    site.get(&of_editor).await.is_problem(404, "not_found");
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
