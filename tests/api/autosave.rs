//! What an editor has typed and not saved yet.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Submit;

use crate::support::{Admin, Answer, Approver, Author, Editor, Person, Site, an_article, person::Handle};

fn path(article: &Handle) -> String {
    format!("/articles/{}/autosave", article.id)
}

async fn keeps(site: &Site, person: &Person<'_>, article: &Handle, fields: &Value) -> Answer {
    site.send(person.request(Method::PUT, &path(article)).json(fields)).await
}

async fn finds(person: &Person<'_>, article: &Handle) -> Answer {
    person.get(&path(article)).await
}

async fn forgets(site: &Site, person: &Person<'_>, article: &Handle) -> Answer {
    site.send(person.request(Method::DELETE, &path(article))).await
}

#[actix_web::test]
async fn what_was_typed_is_found_again_as_it_was() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;
    finds(&author, &article).await.is_problem(404, "not_found");
    keeps(&site, &author, &article, &json!({ "title": "Một" })).await.is(200);
    let fields = json!({
        "title": "",
        "slug": "chua-xong-",
        "external_url": "https:/",
        "published_at": "2026-11-",
        "category": "",
        "author": { "name": "" },
        "tags": [""],
        "image": { "alt": "Trụ sở" },
        "source": { "url": "x" },
        "page_count": -1,
        "body": "<p onclick=\"x\">Đang viết",
    });

    let kept = keeps(&site, &author, &article, &fields).await;

    assert_eq!((&kept.is(200).data()["article"], &kept.data()["version"]), (&fields, &json!(1)));
    assert_eq!(finds(&author, &article).await.is(200).data(), kept.data());
    assert_eq!(site.count("article_autosaves"), 1);
}

#[actix_web::test]
async fn an_autosave_is_no_version_no_event_and_moves_no_tag() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;

    keeps(&site, &author, &article, &json!({ "title": "Khác" })).await.is(200);

    let after = author.sees(&article).await;
    assert_eq!((&after.etag, &after.data), (&article.etag, &article.data));
    assert_eq!((site.count("article_versions"), site.events(&article)), (1, vec!["article.created".to_owned()]));
}

#[actix_web::test]
async fn each_editor_has_a_buffer_of_their_own_for_each_article() {
    let site = Site::start().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let (article, second) = (one.creates(an_article()).await, one.creates(an_article()).await);
    for (person, article, title) in [(&one, &article, "Một"), (&other, &article, "Hai"), (&one, &second, "Ba")] {
        keeps(&site, person, article, &json!({ "title": title })).await.is(200);
    }

    forgets(&site, &other, &article).await.is(204);
    forgets(&site, &other, &article).await.is(204);

    finds(&other, &article).await.is_problem(404, "not_found");
    assert_eq!(finds(&one, &article).await.data()["article"]["title"], "Một");
    assert_eq!(finds(&one, &second).await.data()["article"]["title"], "Ba");
}

#[actix_web::test]
async fn a_buffer_goes_with_its_editors_next_save_of_that_article() {
    let site = Site::start().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let (mut article, second) = (one.creates(an_article()).await, one.creates(an_article()).await);
    let unsaved = json!({ "title": "Chưa lưu" });
    for (person, article) in [(&one, &article), (&other, &article), (&one, &second)] {
        keeps(&site, person, article, &unsaved).await.is(200);
    }

    article = one.edits(&article, json!({ "title": "Đã lưu" })).await;

    finds(&one, &article).await.is_problem(404, "not_found");
    finds(&other, &article).await.is(200);
    finds(&one, &second).await.is(200);
    keeps(&site, &one, &article, &unsaved).await.is(200);
    one.tries_to_edit(&second, json!({ "title": "" })).await.is(422);
    finds(&one, &second).await.is(200);
    one.edits(&article, json!({ "title": "Đã lưu" })).await;
    finds(&one, &article).await.is_problem(404, "not_found");
    keeps(&site, &one, &article, &unsaved).await.is(200);
    one.restores(&article, 1).await;
    finds(&one, &article).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_step_that_saves_nothing_leaves_the_buffer() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(site.article().await).await;
    keeps(&site, &editor, &article, &json!({ "title": "Chưa lưu" })).await.is(200);
    editor.does(Submit, &article).await;
    finds(&editor, &article).await.is(200);
}

#[actix_web::test]
async fn only_who_may_edit_keeps_a_buffer_and_nobody_sees_anothers() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let (approver, admin) = (site.person([Approver]).await, site.person([Admin]).await);
    let article = author.creates(an_article()).await;
    keeps(&site, &author, &article, &json!({ "title": "Chưa ai biết" })).await.is(200);

    keeps(&site, &approver, &article, &json!({})).await.is_problem(403, "forbidden");
    keeps(&site, &stranger, &article, &json!({})).await.is_problem(404, "not_found");
    for person in [&approver, &admin, &stranger] {
        finds(person, &article).await.is_problem(404, "not_found");
    }
    forgets(&site, &stranger, &article).await.is_problem(404, "not_found");
    assert_eq!(site.count("article_autosaves"), 1);
}

#[actix_web::test]
async fn what_is_no_field_of_an_article_or_too_much_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;
    for (fields, error) in [
        (json!({ "titel": "x" }), "/titel unknown_field"),
        (json!({ "royalty": { "amount": 1 } }), "/royalty unknown_field"),
        (json!({ "status": "live" }), "/status unknown_field"),
        (json!({ "title": 7 }), "/title wrong_type"),
        (json!({ "tags": "x" }), "/tags wrong_type"),
        (json!({ "image": { "url": "x" } }), "/image/url unknown_field"),
        (json!([]), " wrong_type"),
    ] {
        let refusal = keeps(&site, &author, &article, &fields).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error], "{fields}");
    }
    let large = |bytes: usize| json!({ "body": "x".repeat(bytes - "{\"body\":\"\"}".len()) });
    keeps(&site, &author, &article, &large(1024 * 1024 + 1)).await.is_problem(413, "payload_too_large");
    assert_eq!(site.count("article_autosaves"), 0);

    keeps(&site, &author, &article, &large(1024 * 1024)).await.is(200);
}

#[actix_web::test]
async fn a_buffer_goes_with_its_article() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = admin.creates(an_article()).await;
    keeps(&site, &admin, &article, &json!({ "title": "Chưa lưu" })).await.is(200);
    admin.tries_to_delete(&article, "").await.is(204);
    finds(&admin, &article).await.is_problem(404, "not_found");

    site.send(admin.request(Method::DELETE, &format!("/trash/{}", article.id))).await.is(204);

    assert_eq!(site.count("article_autosaves"), 0);
}
