//! What is told of articles that one may not read, where others meet them: that something is there, and nothing of it.

use reqwest::Method;
use serde_json::json;

use crate::support::{Author, Editor, Site, an_article, files::jpeg};

#[actix_web::test]
async fn uses_of_a_file_in_articles_that_one_may_not_read_are_counted_and_not_named() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let file = author.uploads("a.jpg", &jpeg(30, 20)).await;
    let used = json!({ "media_id": file.id, "alt": "x" });
    let mine = author.creates(an_article().titled("Của tôi").with("image", used.clone())).await;
    editor.creates(an_article().titled("Chưa ai biết").with("image", used.clone())).await;
    let live = site.live(site.article().await.titled("Đang đăng").with("image", used)).await;

    let uses = author.get(&format!("/media/{}/uses", file.id)).await;
    let refusal = author.tries_to_remove(&file).await;

    let named = json!([{ "article_id": mine.id, "title": "Của tôi", "place": "image", "outdated": false }]);
    assert_eq!(uses.is(200).body, json!({ "data": named, "meta": { "hidden": 3 } }));
    assert_eq!(refusal.is_problem(409, "conflict").body["uses"], named);
    assert_eq!(refusal.body["hidden_uses"], 3);
    for answer in [&uses, &refusal] {
        let told = answer.body.to_string();
        assert!(!told.contains("Chưa ai biết") && !told.contains(&live.id), "{told}");
    }
    assert_eq!(editor.get(&format!("/media/{}/uses", file.id)).await.body["meta"]["hidden"], 0);
}

#[actix_web::test]
async fn a_file_that_is_used_only_where_one_may_not_read_is_not_removed() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let file = author.uploads("a.jpg", &jpeg(30, 20)).await;
    editor.creates(an_article().with("image", json!({ "media_id": file.id, "alt": "x" }))).await;

    let refusal = author.tries_to_remove(&file).await;

    assert_eq!(refusal.is_problem(409, "conflict").body["uses"], json!([]));
    assert_eq!(refusal.body["hidden_uses"], 1);
}

#[actix_web::test]
async fn an_article_that_one_may_not_read_is_linked_to_like_one_that_is_not_there() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let theirs = other.creates(an_article()).await;
    let invented = uuid::Uuid::now_v7().to_string();
    let live = site.live(site.article().await).await;

    for field in ["related", "translations"] {
        let hidden = author.tries_to_create(an_article().with(field, json!([theirs.id]))).await;
        let missing = author.tries_to_create(an_article().with(field, json!([invented]))).await;
        assert_eq!(hidden.is_problem(422, "validation_failed").errors(), [format!("/{field}/0 unknown")]);
        assert_eq!(hidden.body["errors"], missing.body["errors"]);
        author.creates(an_article().with(field, json!([live.id]))).await;
    }
    site.person([Editor]).await.creates(an_article().with("related", json!([theirs.id]))).await;
}

#[actix_web::test]
async fn a_link_that_was_there_stays_whoever_edits() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let theirs = editor.creates(an_article()).await;
    let mine = author.creates(an_article()).await;
    let linked = editor.edits(&mine, json!({ "related": [theirs.id] })).await;

    let edited = author.edits(&linked, json!({ "summary": "Sửa" })).await;

    assert_eq!(edited.field("related"), &json!([theirs.id]));
}

#[actix_web::test]
async fn a_slug_or_legacy_id_that_is_taken_says_nothing_of_who_has_it() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let theirs =
        other.creates(an_article().titled("Chưa ai biết").with("slug", json!("mot-bai")).with("legacy_id", json!(77)));
    let theirs = theirs.await;

    let slug = author.tries_to_create(an_article().with("slug", json!("mot-bai"))).await;
    let legacy = author.tries_to_create(an_article().with("legacy_id", json!(77))).await;

    for refusal in [&slug, &legacy] {
        let told = refusal.is_problem(409, "conflict").body.to_string();
        assert!(!told.contains("Chưa ai biết") && !told.contains(&theirs.id), "{told}");
    }
}

#[actix_web::test]
async fn the_trash_shows_what_one_may_read_and_answers_404_for_the_rest() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let theirs = other.creates(an_article().titled("Chưa ai biết")).await;
    other.tries_to_delete(&theirs, "").await.is(204);

    assert_eq!(author.get("/trash").await.is(200).rows().len(), 0);
    author.post(&format!("/trash/{}/restore", theirs.id), &json!({})).await.is_problem(404, "not_found");
    let purge = author.request(Method::DELETE, &format!("/trash/{}", theirs.id));
    site.send(purge).await.is_problem(404, "not_found");
}
