//! Entity tags that a proxy changed while it compressed an answer: the client knows no others, and may go on working.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Accountant, Answer, Author, Site, an_article, files, person::Handle};

/// What proxies make of a tag: nginx weakens it, Apache and Caddy put the coding behind it, two in a row do both.
fn as_proxies_pass_it(tag: &str) -> Vec<String> {
    let coded = |coding: &str| format!("{}-{coding}\"", tag.strip_suffix('"').expect("a tag"));
    vec![format!("W/{tag}"), coded("gzip"), coded("br"), format!("W/{}", coded("zstd")), format!("W/\"x\", W/{tag}")]
}

async fn send(request: RequestBuilder, tag: &str) -> Answer {
    Answer::to(request.header("If-Match", tag)).await
}

#[actix_web::test]
async fn an_edit_goes_on_from_a_tag_that_a_proxy_changed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let mut draft = author.creates(an_article()).await;
    let first = draft.etag.clone();

    for (round, tag) in as_proxies_pass_it(&first).iter().enumerate() {
        let tag = tag.replace(first.trim_matches('"'), draft.etag.trim_matches('"'));
        let patch = author.request(Method::PATCH, &format!("/articles/{}", draft.id));
        let edited = send(patch.json(&json!({ "title": format!("Lịch {round}") })), &tag).await;
        draft = Handle::of(edited.is(200));
    }

    for tag in as_proxies_pass_it(&first) {
        let patch = author.request(Method::PATCH, &format!("/articles/{}", draft.id));
        let refusal = send(patch.json(&json!({ "title": "Lịch khác" })), &tag).await;
        assert_eq!(refusal.is_problem(412, "stale_version").body["changed"], json!(["title"]), "{tag}");
    }
}

#[actix_web::test]
async fn so_do_steps_and_deletion() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;

    for tag in as_proxies_pass_it(&draft.etag) {
        let current = author.sees(&draft).await.etag;
        let tag = tag.replace(draft.etag.trim_matches('"'), current.trim_matches('"'));
        let submit = author.request(Method::POST, &format!("/articles/{}/transitions/submit", draft.id));
        let submitted = Handle::of(send(submit, &tag).await.is(200));
        let recall = author.request(Method::POST, &format!("/articles/{}/transitions/recall", draft.id));
        send(recall, &submitted.etag).await.is(200);
    }
    let weak = format!("W/{}", author.sees(&draft).await.etag);
    send(author.request(Method::DELETE, &format!("/articles/{}", draft.id)), &weak).await.is(204);
}

#[actix_web::test]
async fn so_do_files() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("anh.jpg", &files::jpeg(40, 30)).await;
    let path = format!("/media/{}", file.id);
    let as_passed = as_proxies_pass_it;

    let mut etag = file.etag;
    for round in 0..as_passed(&etag).len() {
        let patch = author.request(Method::PATCH, &path).json(&json!({ "title": format!("Ảnh {round}") }));
        etag = send(patch, &as_passed(&etag)[round]).await.is(200).header("etag");
        let put = files::form(
            author.request(Method::PUT, &format!("{path}/file")),
            "file",
            "b.jpg",
            &files::jpeg(41 + round as u32, 30),
        );
        etag = send(put, &as_passed(&etag)[round]).await.is(200).header("etag");
    }
    send(author.request(Method::DELETE, &path), &as_passed(&etag)[1]).await.is(204);
}

#[actix_web::test]
async fn so_do_royalties() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let article = site.person([Author]).await.creates(an_article()).await;
    let path = format!("/articles/{}/royalty", article.id);
    let put = |amount: usize| accountant.request(Method::PUT, &path).json(&json!({ "amount": amount }));
    let mut etag = Answer::to(put(1)).await.is(200).header("etag");

    for round in 0..as_proxies_pass_it(&etag).len() {
        etag = send(put(round + 2), &as_proxies_pass_it(&etag)[round]).await.is(200).header("etag");
    }

    send(put(9), "W/\"royalty-1\"").await.is_problem(412, "stale_version");
}
