//! Earlier versions that become the working copy again.

use serde_json::{Value, json};
use tintuc::{newsroom::Transition::Submit, settings::KeepPublished};

use crate::support::{Admin, Approver, Author, Editor, Site, an_article, files::pdf};

#[actix_web::test]
async fn an_earlier_version_is_restored_as_a_new_one_and_those_between_stay() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(site.article().await.tagged(["Lịch công tác"]).with("page_count", 2)).await;
    let change = json!({ "title": "Khác", "body": "<p>Khác</p>", "tags": ["Khác"], "page_count": 7 });
    let second = editor.edits(&first, change).await;

    let restored = editor.tries_to_restore(&second, 1).await;

    let article = restored.is(200).data();
    for field in ["title", "slug", "body", "tags", "page_count", "category", "article_type"] {
        assert_eq!(&article[field], first.field(field), "{field}");
    }
    assert_eq!((&article["version"], &article["approval"]), (&json!(3), &json!("draft")));
    assert_ne!(restored.header("etag"), second.etag);
    assert_eq!(restored.header("etag"), editor.sees(&first).await.etag);
    let versions = editor.get(&format!("/articles/{}/versions", first.id)).await;
    let told: Vec<(&Value, &Value, &Value)> =
        versions.rows().iter().map(|row| (&row["version"], &row["title"], &row["restored_from"])).collect();
    let (title, none) = (first.field("title"), Value::Null);
    assert_eq!(told, [(&json!(3), title, &json!(1)), (&json!(2), &json!("Khác"), &none), (&json!(1), title, &none)]);
    assert_eq!(site.events(&first), ["article.created", "article.edited", "article.edited"]);
    assert_eq!(site.count("events WHERE (data ->> 'restored_from')::integer = 1"), 1);
}

#[actix_web::test]
async fn restoring_what_is_there_already_makes_no_version() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(an_article()).await;
    let same = editor.restores(&first, 1).await;
    assert_eq!((same.field("version"), &same.etag), (&json!(1), &first.etag));
}

#[actix_web::test]
async fn restoring_needs_what_editing_needs() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let first = author.creates(an_article()).await;
    let second = author.edits(&first, json!({ "title": "Khác" })).await;

    stranger.tries_to_restore(&second, 1).await.is_problem(404, "not_found");
    author.tries_to_restore(&second, 9).await.is_problem(404, "not_found");
    let approver = site.person([Approver]).await;
    approver.tries_to_restore(&second, 1).await.is_problem(403, "forbidden");
    approver.tries_to_restore(&second, 9).await.is_problem(404, "not_found");
    let stale = author.tries_to_restore(&first, 1).await;
    assert_eq!(stale.is_problem(412, "stale_version").body["changed"], json!(["title"]));
    let path = format!("/articles/{}/versions/1/restore", first.id);
    author.post(&path, &json!({})).await.is_problem(428, "precondition_required");

    assert_eq!(author.sees(&first).await.field("version"), 2);
}

#[actix_web::test]
async fn nobody_restores_into_a_category_that_is_not_theirs() {
    let site = Site::start().await;
    let (here, there) = (site.category("Ở đây").await, site.category("Ở kia").await);
    let admin = site.person([Admin]).await;
    let first = admin.creates(an_article().filed_under(&there)).await;
    let moved = admin.edits(&first, json!({ "category": here })).await;
    let local = site.person_with(&[format!("editor@{here}")]).await;

    let refusal = local.tries_to_restore(&moved, 1).await;

    assert_eq!(refusal.is_problem(403, "forbidden").errors(), ["/category forbidden"]);
    assert_eq!(local.sees(&moved).await.field("version"), 2);
}

#[actix_web::test]
async fn what_a_version_refers_to_has_to_be_there_still() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let gone = site.category("Sẽ bỏ").await;
    let related = editor.creates(an_article()).await;
    let article = an_article().filed_under(&gone).with("author", json!({ "name": "Sẽ bỏ" }));
    let first = editor.creates(article.with("related", json!([related.id]))).await;
    let second = editor.edits(&first, json!({ "category": null, "author": null, "related": [] })).await;
    editor.tries_to_delete(&related, "").await.is(204);
    site.sql(&format!("DELETE FROM articles WHERE id = '{}'; DELETE FROM categories; DELETE FROM authors", related.id))
        .unwrap();

    let refusal = editor.tries_to_restore(&second, 1).await;

    assert_eq!(
        refusal.is_problem(422, "validation_failed").errors(),
        ["/author unknown", "/category unknown", "/related/0 unknown"]
    );
    assert_eq!(site.count("article_versions"), 2);
}

#[actix_web::test]
async fn nobody_gets_a_file_back_that_they_may_no_longer_see() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let first = author.creates(an_article()).await;
    let second = editor.edits(&first, json!({ "attachments": [{ "media_id": file.id }] })).await;
    let third = editor.edits(&second, json!({ "attachments": [] })).await;

    let refusal = author.tries_to_restore(&third, 2).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/attachments/0/media_id unknown"]);
    assert_eq!(editor.restores(&third, 2).await.field("attachments"), second.field("attachments"));
}

#[actix_web::test]
async fn whoever_restored_a_version_may_not_approve_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let chief = site.person([Editor, Approver]).await;
    let first = author.creates(site.article().await).await;
    let second = author.edits(&first, json!({ "title": "Khác" })).await;
    let submitted = author.does(Submit, &chief.restores(&second, 1).await).await;

    chief.tries(tintuc::newsroom::Transition::Approve, &submitted).await.is_problem(403, "four_eyes");

    site.person([Approver]).await.approves(&submitted).await;
}

#[actix_web::test]
async fn a_slug_that_another_article_has_by_now_is_told() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(an_article().with("slug", "mot")).await;
    let second = editor.edits(&first, json!({ "slug": "hai" })).await;
    editor.creates(an_article().with("slug", "mot")).await;

    editor.tries_to_restore(&second, 1).await.is_problem(409, "conflict");
    assert_eq!(editor.sees(&first).await.slug(), "hai");
}

#[actix_web::test]
async fn a_restored_version_leaves_what_is_public_alone_and_goes_with_its_article() {
    let site = Site::with(|settings| settings.keep_published = KeepPublished::Off).await;
    let (editor, admin) = (site.person([Editor]).await, site.person([Admin]).await);
    let live = site.live(site.article().await).await;
    let edited = editor.edits(&live, json!({ "title": "Khác" })).await;
    let restored = editor.restores(&edited, 1).await;
    assert_eq!((restored.field("status"), restored.field("live_version")), (&json!("live"), &json!(1)));
    site.public(&live).await.is(200);

    admin.tries_to_delete(&restored, "?reason=x").await.is(204);
    site.send(admin.request(reqwest::Method::DELETE, &format!("/trash/{}", live.id))).await.is(204);

    assert_eq!(site.count("article_versions"), 0);
}

#[actix_web::test]
async fn a_version_restores_an_earlier_one_of_its_own_article() {
    let site = Site::start().await;
    site.person([Editor]).await.creates(an_article()).await;
    let another = |version: i32, restored: i32| {
        site.sql(&format!(
            "INSERT INTO article_versions (article_id, version, content, edited_by, edited_at, restored_from)
             SELECT article_id, {version}, content, edited_by, edited_at, {restored} FROM article_versions"
        ))
        .map_err(|error| error.to_string())
    };
    assert!(another(2, 2).unwrap_err().contains("article_versions_restored_from_check"));
    assert!(another(9, 7).unwrap_err().contains("article_versions_restored_from_fkey"));
    another(2, 1).unwrap();
}
