//! One version of an article, shown before it is public to whoever has the address.

use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, contract,
    files::{jpeg, pdf, wav},
    person::Handle,
};

async fn preview(person: &Person<'_>, article: &Handle, input: &Value) -> Answer {
    person.post(&format!("/articles/{}/preview", article.id), input).await
}

/// The address of a preview that somebody makes.
async fn url(person: &Person<'_>, article: &Handle) -> String {
    preview(person, article, &json!({})).await.is(201).data()["url"].as_str().unwrap().to_owned()
}

async fn ends(site: &Site, person: &Person<'_>, article: &Handle, which: &str) -> Answer {
    site.send(person.request(Method::DELETE, &format!("/articles/{}/preview{which}", article.id))).await
}

fn statements(site: &Site) -> u64 {
    site.app.delivery.statements() + site.app.newsroom.statements()
}

#[actix_web::test]
async fn whoever_has_the_address_reads_the_version_as_the_public_would() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = site.article().await.tagged(["Lịch công tác"]).with("author", json!({ "name": "Sở Y tế" }));
    let draft = author.creates(article.with("summary", "Tại trụ sở")).await;

    let made = preview(&author, &draft, &json!({})).await;

    let url = made.is(201).data()["url"].as_str().unwrap();
    assert_eq!((made.header("location"), &made.data()["version"]), (url.to_owned(), &json!(1)));
    let expires: DateTime<Utc> = made.data()["expires_at"].as_str().unwrap().parse().unwrap();
    let minutes = (expires - Utc::now()).num_minutes();
    assert!((58..=60).contains(&minutes), "{minutes}");
    let shown = site.get(url).await;
    assert_eq!(shown.is(200).header("cache-control"), "no-store");
    assert_eq!(shown.header("x-robots-tag"), "noindex");
    assert_eq!(shown.header("etag"), "");
    for field in ["id", "title", "slug", "summary", "body", "tags", "category", "author", "article_type"] {
        assert_eq!(&shown.data()[field], draft.field(field), "{field}");
    }
    site.public(&draft).await.is_problem(404, "not_found");
    assert_eq!(site.events(&draft), ["article.created", "preview.made"]);
}

#[actix_web::test]
async fn a_preview_has_every_member_of_a_delivered_article() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let related = site.live(site.article().await.titled("Tin liên quan")).await;
    let live = site.live(site.article().await.with("related", json!([related.id]))).await;

    let shown = site.get(&url(&editor, &live).await).await;

    let (shown, public) = (shown.is(200).data(), site.public(&live).await.data().clone());
    let names = |article: &Value| article.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(shown), names(&public));
    for (name, value) in public.as_object().unwrap().iter().filter(|(name, _)| *name != "last_published_at") {
        assert_eq!(&shown[name], value, "{name}");
    }
    contract::validate("/components/schemas/Article", shown);
}

#[actix_web::test]
async fn a_preview_shows_its_version_whatever_is_written_or_published_afterwards() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(site.article().await.titled("Bản 1")).await;
    let second = editor.edits(&first, json!({ "title": "Bản 2" })).await;
    let (newest, oldest) = (url(&editor, &second).await, preview(&editor, &second, &json!({ "version": 1 })).await);
    editor.edits(&second, json!({ "title": "Bản 3" })).await;

    assert_eq!(site.get(&newest).await.is(200).data()["title"], "Bản 2");
    let oldest = oldest.is(201).data()["url"].as_str().unwrap().to_owned();
    assert_eq!(site.get(&oldest).await.is(200).data()["title"], "Bản 1");
    let refusal = preview(&editor, &second, &json!({ "version": 9 })).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/version unknown"]);
}

#[actix_web::test]
async fn its_files_come_along_and_end_with_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let (picture, recording) = (author.uploads("a.jpg", &jpeg(700, 500)).await, author.uploads("b.wav", &wav(1)).await);
    let (document, inside) = (author.uploads("c.pdf", &pdf("c")).await, author.uploads("d.jpg", &jpeg(40, 30)).await);
    let other = author.uploads("e.pdf", &pdf("e")).await;
    let article = site
        .article()
        .await
        .with("image", json!({ "media_id": picture.id, "alt": "Trụ sở" }))
        .with("audio", json!({ "media_id": recording.id }))
        .with("attachments", json!([{ "media_id": document.id }]))
        .with(
            "body",
            format!("<p>x <img src=\"{}\" alt=\"y\"> <a href=\"https://a.example/\">z</a></p>", inside.url()),
        );
    let draft = author.creates(article).await;
    author.replaces(&document, "c.pdf", &pdf("khác")).await;
    let address = url(&author, &draft).await;

    let shown = site.get(&address).await;

    let shown = shown.is(200).data();
    let body = shown["body"].as_str().unwrap();
    let in_body = body.split('"').find(|part| part.starts_with("/media/")).unwrap().replace("&amp;", "&");
    let rendition = shown["image"]["renditions"][0]["url"].as_str().unwrap().to_owned();
    let [picture, recording, document] =
        [&shown["image"]["url"], &shown["audio"]["url"], &shown["attachments"][0]["url"]]
            .map(|url| url.as_str().unwrap().to_owned());
    assert!(body.contains("https://a.example/\""), "{body}");
    let addresses = [picture, rendition, recording, document, in_body];
    for url in &addresses {
        let file = site.get(url).await;
        assert_eq!(file.is(200).header("cache-control"), "private, no-store", "{url}");
        let (without, _) = url.split_once("&preview=").unwrap();
        site.get(without).await.is_problem(404, "not_found");
    }
    assert_eq!(site.get(&addresses[3]).await.bytes, pdf("c"), "as the version shows it");
    let token = address.rsplit('/').next().unwrap();
    site.get(&format!("{}&preview={token}", other.url())).await.is_problem(404, "not_found");

    ends(&site, &author, &draft, "").await.is(204);
    for url in &addresses {
        site.get(url).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_preview_dies_when_it_expires() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    let hour = url(&author, &draft).await;
    let day = preview(&author, &draft, &json!({ "expires_in": 86_400 })).await.is(201).data()["url"].clone();

    site.time_passes(Duration::seconds(3601));

    site.get(&hour).await.is_problem(404, "not_found");
    site.get(day.as_str().unwrap()).await.is(200);
    site.time_passes(Duration::seconds(86_401));
    site.get(day.as_str().unwrap()).await.is_problem(404, "not_found");
    for (seconds, error) in [(0, "/expires_in too_small"), (86_401, "/expires_in too_large")] {
        let refusal = preview(&author, &draft, &json!({ "expires_in": seconds })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    url(&author, &draft).await;
    assert_eq!(site.count("article_previews"), 1, "those that have expired are forgotten");
}

#[actix_web::test]
async fn previews_are_listed_without_their_addresses_and_ended_one_by_one_or_all() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let draft = author.creates(site.article().await).await;
    let (first, second) = (preview(&author, &draft, &json!({})).await, preview(&editor, &draft, &json!({})).await);
    let [one, other] = [&first, &second].map(|made| made.is(201).data()["url"].as_str().unwrap().to_owned());

    let listed = author.get(&format!("/articles/{}/preview", draft.id)).await;

    let makers: Vec<&Value> = listed.is(200).rows().iter().map(|row| &row["made_by"]["id"]).collect();
    assert_eq!(makers, [&json!(editor.id), &json!(author.id)]);
    let token = one.rsplit('/').next().unwrap();
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(token));
    let id = first.data()["id"].as_str().unwrap();
    ends(&site, &editor, &draft, &format!("/{id}")).await.is(204);
    ends(&site, &editor, &draft, &format!("/{id}")).await.is_problem(404, "not_found");
    site.get(&one).await.is_problem(404, "not_found");
    site.get(&other).await.is(200);
    ends(&site, &author, &draft, "").await.is(204);
    ends(&site, &author, &draft, "").await.is(204);
    site.get(&other).await.is_problem(404, "not_found");
    assert_eq!(author.get(&format!("/articles/{}/preview", draft.id)).await.rows().len(), 0);
    let ended = ["article.created", "preview.made", "preview.made", "preview.ended", "preview.ended"];
    assert_eq!(site.events(&draft), ended);
}

#[actix_web::test]
async fn a_preview_shows_nobody_what_its_maker_may_no_longer_read() {
    let site = Site::start().await;
    let here = site.category("Ở đây").await;
    let there = site.category("Ở kia").await;
    let (admin, leaving) = (site.person([Admin]).await, site.person([Editor]).await);
    let (local, demoted) = (site.person_with(&[format!("editor@{here}")]).await, site.person([Accountant]).await);
    let draft = admin.creates(an_article().filed_under(&here)).await;
    let [by_leaving, by_local, by_demoted] =
        [url(&leaving, &draft).await, url(&local, &draft).await, url(&demoted, &draft).await];

    site.disable(&leaving);
    site.get(&by_leaving).await.is_problem(404, "not_found");
    admin.edits(&draft, json!({ "category": there })).await;
    site.get(&by_local).await.is_problem(404, "not_found");
    site.get(&by_demoted).await.is(200);
    site.sql(&format!("DELETE FROM role_grants WHERE user_id = '{}'", demoted.id)).unwrap();
    site.get(&by_demoted).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_preview_ends_with_its_article() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let draft = admin.creates(site.article().await).await;
    let address = url(&admin, &draft).await;

    admin.tries_to_delete(&draft, "").await.is(204);

    site.get(&address).await.is_problem(404, "not_found");
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", draft.id))).await.is(204);
    assert_eq!(site.count("article_previews"), 0);
}

#[actix_web::test]
async fn only_who_may_read_an_article_makes_lists_and_ends_its_previews() {
    let site = Site::with(|settings| settings.site_url = Some("https://tinh.example/".parse().unwrap())).await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let approver = site.person([Approver]).await;
    let draft = author.creates(site.article().await).await;

    preview(&stranger, &draft, &json!({})).await.is_problem(404, "not_found");
    stranger.get(&format!("/articles/{}/preview", draft.id)).await.is_problem(404, "not_found");
    ends(&site, &stranger, &draft, "").await.is_problem(404, "not_found");
    let anonymous = site.post(&format!("/api/v1/manage/articles/{}/preview", draft.id), &json!({})).await;
    anonymous.is_problem(401, "unauthenticated");
    assert_eq!(site.count("article_previews"), 0);

    assert!(url(&approver, &draft).await.starts_with("https://tinh.example/api/v1/preview/"));
}

#[actix_web::test]
async fn what_has_no_place_on_a_page_is_not_previewed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let bare = author.creates(an_article().without("title").without("body").without("article_type")).await;

    let refusal = preview(&author, &bare, &json!({})).await;

    let missing = ["/article_type required", "/category required", "/title required"];
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), missing);
    let draft = author.creates(site.article().await.without("body")).await;
    assert_eq!(site.get(&url(&author, &draft).await).await.is(200).data()["body"], Value::Null);
}

#[actix_web::test]
async fn a_token_that_was_made_up_costs_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("x")).await;
    let draft = author.creates(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;
    let good = url(&author, &draft).await;
    let before = statements(&site);
    let token = good.rsplit('/').next().unwrap();
    for at in 0..token.len() {
        let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
        let bad = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        site.get(&format!("/api/v1/preview/{bad}")).await.is_problem(404, "not_found");
        site.get(&format!("{}&preview={bad}", file.url())).await.is_problem(404, "not_found");
    }
    for bad in ["x", &token[..40], &format!("{token}AAAA"), "%00", "..%2f"] {
        site.get(&format!("/api/v1/preview/{bad}")).await.is_problem(404, "not_found");
    }
    assert_eq!(statements(&site), before);
    site.get(&good).await.is(200);
}

#[actix_web::test]
async fn a_preview_opens_nothing_but_itself() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    let address = url(&author, &draft).await;
    let token = address.rsplit('/').next().unwrap();

    site.get(&format!("/api/v1/articles?preview={token}")).await.is_problem(400, "unknown_parameter");
    site.get(&format!("/api/v1/articles/{}?preview={token}", draft.id)).await.is_problem(404, "not_found");
    for path in ["/api/v1/articles".to_owned(), format!("/api/v1/articles/{}", draft.id)] {
        let answer = site.send(site.request(Method::GET, &path).bearer_auth(token)).await;
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(draft.slug()));
    }
    let managed = site.request(Method::GET, &format!("/api/v1/manage/articles/{}", draft.id)).bearer_auth(token);
    site.send(managed).await.is_problem(401, "unauthenticated");
    site.get(&format!("/api/v1/preview/{}", draft.id)).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_preview_is_good_on_every_replica() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    let address = url(&author, &draft).await;

    replica.get(&address).await.is(200);
    ends(&replica, &author.at(&replica), &draft, "").await.is(204);

    site.get(&address).await.is_problem(404, "not_found");
}
