//! The library: what is said of files, how they are found, replaced and removed, and how articles use them.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::{newsroom::Transition::Submit, settings::KeepPublished};

use crate::support::{
    Admin, Answer, Approver, Author, Editor, Site, an_article,
    files::{form, jpeg, pdf, wav},
    person::Handle,
};

/// The names in a list of files.
fn names(answer: &Answer) -> Vec<&str> {
    answer.is(200).rows().iter().map(|row| row["file_name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn bytes_of_another_kind_are_refused() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let file = author.uploads("a.jpg", &jpeg(30, 20)).await;
    let path = format!("/media/{}/file", file.id);

    let refusal = author.tries_to_replace(&file, "a.pdf", &pdf("x")).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/file wrong_kind"]);
    let no_tag = form(author.request(Method::PUT, &path), "file", "a.jpg", &jpeg(10, 10));
    site.send(no_tag).await.is_problem(428, "precondition_required");
    stranger.tries_to_replace(&file, "a.jpg", &jpeg(10, 10)).await.is_problem(404, "not_found");
    let stale = Handle { etag: "\"media-0\"".to_owned(), ..file.clone() };
    author.tries_to_replace(&stale, "a.jpg", &jpeg(10, 10)).await.is_problem(412, "stale_version");

    assert_eq!(author.get(&format!("/media/{}", file.id)).await.data(), &file.data);
    site.spool_is_emptied().await;
}

#[actix_web::test]
async fn a_used_file_is_not_removed_and_every_use_is_named() {
    let site = Site::with(|settings| settings.keep_published = KeepPublished::Off).await;
    let (editor, admin) = (site.person([Editor]).await, site.person([Admin]).await);
    let picture = editor.uploads("a.jpg", &jpeg(30, 20)).await;
    let used = |alt: &str| json!({ "media_id": picture.id, "alt": alt });
    let live = site.live(site.article().await.titled("Đang đăng").with("image", used("x"))).await;
    let draft = an_article().titled("Bản thảo").with("description_image", used("y"));
    let draft = editor.creates(draft.with("body", format!("<img src=\"{}\" alt=\"z\">", picture.url()))).await;
    let trashed = an_article().titled("Đã xóa").with("attachments", json!([{ "media_id": picture.id }]));
    let trashed = editor.creates(trashed).await;
    editor.tries_to_delete(&trashed, "").await.is(204);

    let refusal = editor.tries_to_remove(&picture).await;

    let mut places: Vec<String> = refusal.is_problem(409, "conflict").body["uses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["title"].as_str().unwrap(), it["place"].as_str().unwrap()))
        .collect();
    places.sort();
    let expected =
        ["Bản thảo body", "Bản thảo description_image", "Đang đăng image", "Đang đăng published", "Đã xóa attachment"];
    assert_eq!(places, expected);
    let uses = editor.get(&format!("/media/{}/uses", picture.id)).await;
    assert_eq!(uses.is(200).data(), &refusal.body["uses"]);

    let draft = editor.edits(&draft, json!({ "description_image": null, "body": "<p>x</p>" })).await;
    editor.tries_to_delete(&draft, "").await.is(204);
    admin.tries_to_delete(&live, "?reason=nhầm").await.is(204);
    for gone in [&live, &trashed, &draft] {
        site.send(admin.request(Method::DELETE, &format!("/trash/{}", gone.id))).await.is(204);
    }
    assert_eq!(editor.get(&format!("/media/{}/uses", picture.id)).await.is(200).rows().len(), 0);
    editor.tries_to_remove(&picture).await.is(204);
    editor.get(&format!("/media/{}", picture.id)).await.is_problem(404, "not_found");
    editor.downloads(&site, picture.url()).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_version_that_is_still_public_keeps_its_files() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let live = site.live(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;
    editor.edits(&live, json!({ "attachments": [] })).await;

    let refusal = editor.tries_to_remove(&file).await;

    let uses = &refusal.is_problem(409, "conflict").body["uses"];
    assert_eq!(
        uses,
        &json!([{ "article_id": live.id, "title": live.field("title"), "place": "published",
                         "outdated": false }])
    );
}

#[actix_web::test]
async fn a_file_that_only_an_earlier_version_shows_is_not_removed() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let file = editor.uploads("a.pdf", &pdf("x")).await;
    let draft = editor.creates(an_article().with("attachments", json!([{ "media_id": file.id }]))).await;
    editor.edits(&draft, json!({ "attachments": [] })).await;

    let refusal = editor.tries_to_remove(&file).await;

    let uses = &refusal.is_problem(409, "conflict").body["uses"];
    assert_eq!(
        uses,
        &json!([{ "article_id": draft.id, "title": draft.field("title"), "place": "version", "outdated": false }])
    );
    assert_eq!(editor.get(&format!("/media/{}/uses", file.id)).await.data(), uses);
    let version = editor.get(&format!("/articles/{}/versions/1", draft.id)).await;
    assert_eq!(version.is(200).data()["files"][0]["url"], file.url());
    editor.downloads(&site, file.url()).await.is(200);
    let author = site.person([Author]).await;
    author.get(&format!("/media/{}/uses", file.id)).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_file_is_described_by_merge_patch() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.jpg", &jpeg(300, 200)).await;
    let all = json!({ "title": "Trụ sở", "alt": "Mặt trước", "caption": "Ảnh: Minh", "credit": "Minh", "licence": "CC BY 4.0" });

    let described = author.describes(&file, all.clone()).await;
    let patched = author.describes(&described, json!({ "caption": null, "alt": "Mặt sau" })).await;

    for (field, value) in all.as_object().unwrap() {
        assert_eq!(described.field(field), value);
    }
    assert_eq!((patched.field("caption"), patched.field("alt")), (&Value::Null, &json!("Mặt sau")));
    assert_eq!(patched.field("title"), "Trụ sở");
    assert_eq!((patched.url(), patched.field("sha256")), (file.url(), file.field("sha256")));
    let path = format!("/media/{}", file.id);
    let seen = author.get(&path).await;
    assert_eq!((seen.data(), seen.header("etag")), (&patched.data, patched.etag.clone()));
    let known = author.request(Method::GET, &path).header("if-none-match", &patched.etag);
    site.send(known).await.is(304);
}

#[actix_web::test]
async fn a_description_needs_the_record_that_is_meant() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.jpg", &jpeg(30, 20)).await;
    let path = format!("/media/{}", file.id);
    let patch = json!({ "title": "x" });

    site.send(author.request(Method::PATCH, &path).json(&patch)).await.is_problem(428, "precondition_required");
    site.send(author.request(Method::DELETE, &path)).await.is_problem(428, "precondition_required");
    let current = author.describes(&file, json!({ "title": "y" })).await;
    for refusal in [author.tries_to_describe(&file, &patch).await, author.tries_to_remove(&file).await] {
        assert_eq!(refusal.is_problem(412, "stale_version").header("etag"), current.etag);
    }
    for (patch, error) in [
        (json!({ "size": 1 }), "/size unknown_field"),
        (json!({ "title": "" }), "/title too_short"),
        (json!({ "alt": "x".repeat(501) }), "/alt too_long"),
        (json!({ "focal_point": { "x": 2, "y": 0 } }), "/focal_point/x too_large"),
        (json!({ "caption": "<i>Ảnh</i>" }), "/caption markup"),
        (json!({ "licence": " \u{200B} " }), "/licence too_short"),
    ] {
        let refusal = author.tries_to_describe(&current, &patch).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    let refusal = author.tries_to_describe(&current, &json!({ "title": "a\u{0}b" })).await;
    assert!(refusal.status.is_client_error(), "{:#}", refusal.body);
}

#[actix_web::test]
async fn a_file_is_changed_by_its_owner_and_by_editors() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let (approver, editor) = (site.person([Approver]).await, site.person([Editor]).await);
    let file = author.uploads("a.jpg", &jpeg(30, 20)).await;
    let patch = json!({ "title": "x" });

    stranger.tries_to_describe(&file, &patch).await.is_problem(404, "not_found");
    stranger.tries_to_remove(&file).await.is_problem(404, "not_found");
    stranger.get(&format!("/media/{}/uses", file.id)).await.is_problem(404, "not_found");
    approver.tries_to_describe(&file, &patch).await.is_problem(403, "forbidden");
    approver.tries_to_remove(&file).await.is_problem(403, "forbidden");
    editor.describes(&file, patch).await;
}

#[actix_web::test]
async fn the_focal_point_moves_the_crop_and_its_address() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let picture = author.uploads("a.jpg", &jpeg(300, 900)).await;
    let middle = author.downloads(&site, picture.rendition("share.jpg")).await.is(200).bytes.clone();

    let moved = author.describes(&picture, json!({ "focal_point": { "x": 0.5, "y": 0 } })).await;

    assert_ne!(moved.rendition("share.jpg"), picture.rendition("share.jpg"));
    assert_eq!(moved.rendition("card.jpg"), picture.rendition("card.jpg"));
    let top = author.downloads(&site, moved.rendition("share.jpg")).await.is(200).bytes.clone();
    assert!(top != middle);
    let document = author.uploads("a.pdf", &pdf("x")).await;
    let refusal = author.tries_to_describe(&document, &json!({ "focal_point": { "x": 0.5, "y": 0 } })).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/focal_point wrong_kind"]);
}

#[actix_web::test]
async fn files_are_found_newest_first() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let titled = author.uploads("một.jpg", &jpeg(30, 20)).await;
    author.describes(&titled, json!({ "title": "Trụ sở 100%" })).await;
    let recording = author.uploads("hai.wav", &wav(1)).await;
    author.describes(&recording, json!({ "alt": "Cửa biển" })).await;
    let document = author.uploads("ba_1.pdf", &pdf("x")).await;
    author.describes(&document, json!({ "caption": "Dân dùng ĐƯỜNG mới" })).await;
    author.uploads("bốn.pdf", &pdf("y")).await;

    for (query, found) in [
        ("", &["bốn.pdf", "ba_1.pdf", "hai.wav", "một.jpg"][..]),
        ("?kind=document", &["bốn.pdf", "ba_1.pdf"]),
        ("?kind=audio", &["hai.wav"]),
        ("?q=PDF", &["bốn.pdf", "ba_1.pdf"]),
        ("?q=trụ", &["một.jpg"]),
        ("?q=TRU%20so", &["một.jpg"]),
        ("?q=so%20tru", &["một.jpg"]),
        ("?q=bo%CC%82%CC%81n", &["bốn.pdf"]),
        ("?q=cua", &["hai.wav"]),
        ("?q=dan%20dung", &["ba_1.pdf"]),
        ("?q=tru%20bon", &[]),
        ("?q=%25", &["một.jpg"]),
        ("?q=_", &["ba_1.pdf"]),
        ("?q=%5C", &[]),
        ("?q=pdf&kind=image", &[]),
    ] {
        assert_eq!(names(&author.get(&format!("/media{query}")).await), found, "{query}");
    }
    author.get("/media?kind=film").await.is_problem(400, "bad_request");
    author.get("/media?q=%00").await.is_problem(400, "bad_request");
    author.get("/media?sort=size").await.is_problem(400, "unknown_parameter");
}

#[actix_web::test]
async fn files_come_in_pages() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for number in 0..5 {
        author.uploads(&format!("{number}.pdf"), &pdf("x")).await;
    }

    let first = author.get("/media?limit=2").await;
    author.uploads("mới.pdf", &pdf("x")).await;
    let second = author.get(first.next().unwrap().strip_prefix("/api/v1/manage").unwrap()).await;
    let third = author.get(second.next().unwrap().strip_prefix("/api/v1/manage").unwrap()).await;

    assert_eq!((names(&first), names(&second)), (vec!["4.pdf", "3.pdf"], vec!["2.pdf", "1.pdf"]));
    assert_eq!((names(&third), third.next()), (vec!["0.pdf"], None));
    let elsewhere = second.next().unwrap().strip_prefix("/api/v1/manage").unwrap().to_owned() + "&kind=audio";
    author.get(&elsewhere).await.is_problem(400, "invalid_cursor");
}

#[actix_web::test]
async fn one_sees_the_files_of_what_one_may_read() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let (editor, nobody) = (site.person([Editor]).await, site.person([]).await);
    author.uploads("của tôi.pdf", &pdf("x")).await;
    let given = editor.uploads("ảnh.jpg", &jpeg(30, 20)).await;
    let article = author.creates(an_article()).await;
    editor.edits(&article, json!({ "image": { "media_id": given.id } })).await;

    assert_eq!(names(&author.get("/media").await), ["ảnh.jpg", "của tôi.pdf"]);
    assert_eq!(names(&editor.get("/media").await).len(), 2);
    assert!(names(&other.get("/media").await).is_empty());
    other.get(&format!("/media/{}", given.id)).await.is_problem(404, "not_found");
    nobody.get("/media").await.is_problem(403, "forbidden");
    site.get("/api/v1/manage/media").await.is_problem(401, "unauthenticated");
    author.tries(Submit, &author.sees(&article).await).await.is_problem(422, "validation_failed");
}

#[actix_web::test]
async fn a_search_of_the_library_goes_by_its_index() {
    let site = Site::start().await;
    site.person([Author]).await.uploads("Đại hội.pdf", &pdf("x")).await;

    let plan = site.plan("SELECT id FROM media WHERE folded LIKE media_folded('%Đại hội%')");

    assert!(plan.contains("media_by_text"), "{plan}");
}
