//! The trash keeps what was deleted whole, until it is restored or purged.

use reqwest::Method;
use serde_json::json;

use crate::support::{Admin, Approver, Author, Editor, Site, an_article};

#[actix_web::test]
async fn a_deleted_article_waits_in_the_trash_and_can_be_restored() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article().titled("Bài viết nhầm")).await;
    author.tries_to_delete(&article, "").await.is(204);

    let trash = author.get("/trash").await;
    assert_eq!(trash.is(200).titles(), ["Bài viết nhầm"]);
    assert_eq!(trash.rows()[0]["deleted_by"]["id"], json!(author.id));
    let restored = author.post(&format!("/trash/{}/restore", article.id), &json!({})).await;

    assert_eq!(restored.is(200).data()["slug"], article.data["slug"]);
    assert_eq!(author.sees(&article).await.field("title"), "Bài viết nhầm");
    assert!(author.get("/trash").await.rows().is_empty());
}

#[actix_web::test]
async fn a_restored_article_is_not_public_until_it_is_published_again() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let live = site.live(an_article().filed_under(&category)).await;
    let admin = site.person([Admin]).await;
    admin.tries_to_delete(&live, "?reason=nhầm").await.is(204);

    admin.post(&format!("/trash/{}/restore", live.id), &json!({})).await.is(200);

    site.public(&live).await.is_problem(404, "not_found");
    let restored = admin.sees(&live).await;
    assert_eq!(restored.field("status"), "withdrawn");
    admin.publishes(&restored).await;
    site.public(&live).await.is(200);
}

#[actix_web::test]
async fn only_an_administrator_purges_and_then_nothing_is_left() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(an_article()).await;
    editor.tries_to_delete(&article, "").await.is(204);
    let purge = format!("/trash/{}", article.id);

    site.send(editor.request(Method::DELETE, &purge)).await.is_problem(403, "forbidden");
    let admin = site.person([Admin]).await;
    site.send(admin.request(Method::DELETE, &purge)).await.is(204);

    admin.post(&format!("{purge}/restore"), &json!({})).await.is_problem(404, "not_found");
    // Its slug is free again.
    assert_eq!(editor.creates(an_article()).await.slug(), article.slug());
}

#[actix_web::test]
async fn the_trash_shows_only_what_one_may_read() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;
    author.tries_to_delete(&article, "").await.is(204);
    let other = site.person([Author, Approver]).await;
    let stranger = site.person([Author]).await;

    assert_eq!(other.get("/trash").await.rows().len(), 1);
    assert!(stranger.get("/trash").await.rows().is_empty());
    stranger.post(&format!("/trash/{}/restore", article.id), &json!({})).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_article_that_pointed_at_a_purged_one_can_still_be_edited() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let target = admin.creates(an_article()).await;
    let article = admin.creates(an_article().with("related", json!([target.id]))).await;
    admin.tries_to_delete(&target, "").await.is(204);
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", target.id))).await.is(204);

    let edited = admin.edits(&article, json!({ "title": "Tiêu đề mới" })).await;

    assert_eq!(edited.field("related"), &json!([target.id]));
    let other = admin.tries_to_create(an_article().with("related", json!([target.id]))).await;
    assert_eq!(other.is_problem(422, "validation_failed").errors(), ["/related/0 unknown"]);
}
