//! What is approved is what is public, to the byte: files that change after an article was written, approved, published.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::media::library::purge::Removed;
use tintuc::newsroom::Transition::{Approve, Recall, Submit};

use crate::support::{
    Admin, Approver, Author, Editor, Site, an_article,
    files::{jpeg, pdf, png},
    in_minutes,
    person::Handle,
    place::Place,
};

/// A picture, as articles name it.
fn showing(picture: &Handle) -> Value {
    json!({ "media_id": picture.id, "alt": "Trụ sở" })
}

/// The digest of the picture of a delivered or working article's file.
fn sha(file: &Handle) -> &Value {
    file.field("sha256")
}

#[actix_web::test]
async fn a_file_swapped_after_the_approval_is_not_public() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let old = editor.uploads("cũ.jpg", &jpeg(1600, 900)).await;
    let body = format!("<p>x</p><img src=\"{}\" alt=\"x\">", old.rendition("card.webp"));
    let article = site.article().await.with("image", showing(&old)).with("body", body);
    let approved = site.approved(article).await;

    let new = editor.replaces(&old, "mới.png", &png(800, 600)).await;
    let live = approver.publishes(&approved).await;

    let shown = site.public(&live).await;
    assert_eq!(shown.is(200).data()["image"]["url"], old.url());
    assert_eq!(shown.data()["image"]["width"], 1600);
    assert_eq!(&shown.data()["image"]["renditions"], old.field("renditions"));
    assert!(shown.data()["body"].as_str().unwrap().contains(old.rendition("card.webp")));
    let sent = site.get(old.url()).await;
    assert_eq!(sent.is(200).bytes.len() as u64, old.field("size").as_u64().unwrap());
    site.get(old.rendition("share.jpg")).await.is(200);
    for closed in [new.url(), new.rendition("card.webp")] {
        let led = site.get(closed).await;
        assert_eq!(led.status, 308, "the address of bytes that nobody approved leads to those that were");
        let to = led.header("location");
        assert!(to == old.url() || to == old.rendition("card.webp"), "{to}");
    }
    let unnamed = site.get(old.url().split_once('?').unwrap().0).await;
    assert_eq!(unnamed.is(200).bytes, sent.bytes);
    assert_eq!(editor.downloads(&site, new.url()).await.is(200).header("content-type"), "image/png");
    assert_eq!(editor.sees(&live).await.field("version"), &json!(1));
    assert_eq!(site.events(&old), ["media.created", "media.replaced"]);
    assert_eq!(site.count(&format!("events WHERE kind = 'media.replaced' AND actor_id = '{}'", editor.id)), 1);
}

#[actix_web::test]
async fn a_swap_under_a_live_article_reaches_the_public_with_its_next_approved_version() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let old = editor.uploads("a.jpg", &jpeg(1600, 900)).await;
    let body =
        format!("<img src=\"/media/{}/card.webp#1\" alt=\"x\"><a href=\"/media/{}/khác.jpg\">y</a>", old.id, old.id);
    let live = site.live(site.article().await.with("image", showing(&old)).with("body", body)).await;
    let before = site.public(&live).await;

    let new = editor.replaces(&old, "a.jpg", &jpeg(900, 600)).await;

    let after = site.public(&live).await;
    assert_eq!((after.data(), after.header("etag")), (before.data(), before.header("etag")));
    let seen = editor.sees(&live).await;
    let file = &seen.field("files")[0];
    assert_eq!((&file["sha256"], &file["newer"], &file["url"]), (sha(&old), &json!(true), old.field("url")));
    let uses = editor.get(&format!("/media/{}/uses", old.id)).await;
    assert!(uses.rows().iter().all(|it| it["outdated"] == true), "{:#}", uses.body);
    assert_eq!(seen.etag, live.etag, "nothing was written");

    let edited = editor.edits(&live, json!({})).await;
    assert_eq!((edited.field("version"), edited.field("approval")), (&json!(2), &json!("draft")));
    assert_eq!((&edited.field("files")[0]["sha256"], &edited.field("files")[0]["newer"]), (sha(&new), &json!(false)));
    assert_eq!(site.public(&live).await.data(), before.data());
    let again = editor.edits(&edited, json!({})).await;
    assert_eq!(again.etag, edited.etag, "there is nothing more to take over");
    let live = approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;

    let shown = site.public(&live).await;
    assert_eq!((&shown.data()["image"]["url"], &shown.data()["image"]["width"]), (new.field("url"), &json!(900)));
    let body = shown.data()["body"].as_str().unwrap();
    assert!(body.contains(&format!("{}#1", new.rendition("card.webp"))) && body.contains(new.url()), "{body}");
    assert_eq!(site.get(old.url()).await.status, 308);
    let versions = editor.get(&format!("/articles/{}/versions", live.id)).await;
    let shas: Vec<_> = versions.rows().iter().map(|version| &version["files"][0]["sha256"]).collect();
    assert_eq!(shas, [sha(&new), sha(&old)]);
}

#[actix_web::test]
async fn the_focal_point_and_what_is_said_of_a_file_reach_the_public_with_a_version_too() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let picture = editor.uploads("a.jpg", &jpeg(300, 900)).await;
    let live = site.live(site.article().await.with("image", showing(&picture))).await;
    let before = site.public(&live).await;
    let share = site.get(picture.rendition("share.jpg")).await.is(200).bytes.clone();

    let said = json!({ "alt": "Khác", "caption": "Khác", "title": "Khác", "credit": "Khác" });
    let moved = editor.describes(&picture, json!({ "focal_point": { "x": 0.5, "y": 0 } })).await;
    let described = editor.describes(&moved, said).await;

    assert_eq!(site.public(&live).await.data(), before.data());
    assert_eq!(site.get(picture.rendition("share.jpg")).await.is(200).bytes, share);
    assert_eq!(site.get(described.rendition("share.jpg")).await.status, 308);
    let edited = editor.edits(&live, json!({ "title": "Lần hai" })).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;
    assert_eq!(&site.public(&live).await.data()["image"]["renditions"], described.field("renditions"));
    assert_ne!(site.get(described.rendition("share.jpg")).await.is(200).bytes, share);
}

#[actix_web::test]
async fn what_is_submitted_is_what_its_editors_see() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let old = author.uploads("a.pdf", &pdf("cũ")).await;
    let attached = json!([{ "media_id": old.id }]);
    let draft = author.creates(site.article().await.with("attachments", attached)).await;
    let new = author.replaces(&old, "a.pdf", &pdf("mới")).await;

    let pending = author.does(Submit, &draft).await;

    assert_eq!((pending.field("version"), pending.field("approval")), (&json!(2), &json!("pending")));
    assert_eq!(&pending.field("files")[0]["sha256"], sha(&new));
    let newest = author.replaces(&new, "a.pdf", &pdf("mới nhất")).await;
    let approver = site.person([Approver]).await;
    let seen = approver.sees(&pending).await;
    assert_eq!((&seen.field("files")[0]["sha256"], &seen.field("files")[0]["newer"]), (sha(&new), &json!(true)));
    let file = approver.downloads(&site, seen.field("files")[0]["url"].as_str().unwrap()).await;
    assert_eq!(file.is(200).bytes, pdf("mới"));
    let live = approver.publishes(&approver.approves(&pending).await).await;
    assert_eq!(site.public(&live).await.data()["attachments"][0]["url"], new.url());
    assert_eq!(site.get(new.url()).await.is(200).bytes, pdf("mới"));
    assert_eq!(author.downloads(&site, newest.url()).await.is(200).bytes, pdf("mới nhất"));
    let history = site.events(&live);
    assert_eq!(history[..3], ["article.created", "article.edited", "article.submitted"]);
}

#[actix_web::test]
async fn a_scheduled_version_appears_with_the_files_it_was_approved_with() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let old = editor.uploads("a.pdf", &pdf("cũ")).await;
    let approved = site.approved(site.article().await.with("attachments", json!([{ "media_id": old.id }]))).await;
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(10) })).await;
    editor.replaces(&old, "a.pdf", &pdf("mới")).await;
    editor.edits(&scheduled, json!({ "title": "Chưa duyệt" })).await;

    site.time_passes(chrono::Duration::minutes(11));

    assert_eq!(site.public(&scheduled).await.is(200).data()["attachments"][0]["url"], old.url());
    assert_eq!(site.get(old.url()).await.is(200).bytes, pdf("cũ"));
}

#[actix_web::test]
async fn two_articles_show_two_states_of_one_file_at_once() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let old = editor.uploads("cũ.jpg", &jpeg(700, 500)).await;
    let body = |file: &Handle| format!("<p>x</p><img src=\"{}\" alt=\"x\">", file.rendition("thumb.jpg"));
    let first = site.live(site.article().await.with("image", showing(&old)).with("body", body(&old))).await;
    let new = editor.replaces(&old, "mới.png", &png(600, 400)).await;
    let second = site.live(site.article().await.with("image", showing(&old)).with("body", body(&old))).await;
    let both = site.live(site.article().await.with("related", json!([first.id, second.id]))).await;

    let cards = site.public(&both).await.data()["related"].clone();

    for (card, article, file) in [(&cards[0], &first, &old), (&cards[1], &second, &new)] {
        assert_eq!(&card["image"]["url"], file.field("url"));
        let shown = site.public(article).await;
        assert!(shown.data()["body"].as_str().unwrap().contains(file.rendition("thumb.jpg")));
        let sent = site.get(file.url()).await;
        assert_eq!(sent.is(200).header("content-type"), file.field("mime_type").as_str().unwrap());
        assert_eq!(sent.bytes.len() as u64, file.field("size").as_u64().unwrap());
        site.get(file.rendition("thumb.jpg")).await.is(200);
    }
    let tags = [site.get(old.rendition("card.webp")).await, site.get(new.rendition("card.webp")).await];
    assert_ne!(tags[0].header("etag"), tags[1].header("etag"));
    let bare = |name: &str| format!("/media/{}/{name}", old.id);
    assert_eq!(site.get(&bare("card.webp")).await.is(200).bytes, tags[1].bytes, "the newest that is public");
    assert_eq!(site.get(&bare("cũ.jpg")).await.is(200).header("content-type"), "image/jpeg");
    assert_eq!(site.get(&bare("mới.png")).await.is(200).header("content-type"), "image/png");
}

#[actix_web::test]
async fn bytes_that_a_version_shows_are_kept_and_others_go() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.uploads("a.pdf", &pdf("một")).await;
    let article = editor.creates(an_article().with("attachments", json!([{ "media_id": first.id }]))).await;
    let unseen = editor.replaces(&first, "a.pdf", &pdf("hai")).await;
    let third = editor.replaces(&unseen, "a.pdf", &pdf("ba")).await;
    let edited = editor.edits(&article, json!({ "title": "Tiếp" })).await;
    assert_eq!((site.objects().await, site.count("media_revisions")), (3, 3));

    site.time_passes(chrono::Duration::days(40));
    assert_eq!(site.purges_media().await, Removed { records: 0, contents: 1, renditions: 0 });

    assert_eq!((site.objects().await, site.count("media_revisions")), (2, 2));
    let editor = site.person([Editor]).await;
    for (file, bytes) in [(&first, pdf("một")), (&third, pdf("ba"))] {
        assert_eq!(editor.downloads(&site, file.url()).await.is(200).bytes, bytes);
    }
    assert_eq!(editor.downloads(&site, unseen.url()).await.status, 308);
    editor.tries_to_remove(&third).await.is_problem(409, "conflict");
    let edited = editor.edits(&edited, json!({ "attachments": [] })).await;
    editor.tries_to_remove(&third).await.is_problem(409, "conflict");
    editor.tries_to_delete(&edited, "").await.is(204);
    let admin = site.person([Admin]).await;
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", edited.id))).await.is(204);
    editor.tries_to_remove(&third).await.is(204);
    site.time_passes(chrono::Duration::days(80));
    assert_eq!(site.purges_media().await, Removed { records: 0, contents: 2, renditions: 0 });
}

#[actix_web::test]
async fn whoever_changed_a_file_has_had_a_hand_in_the_version_that_takes_it_over() {
    let site = Site::start().await;
    let (editor, both) = (site.person([Editor]).await, site.person([Author, Approver]).await);
    let file = both.uploads("a.pdf", &pdf("cũ")).await;
    let attached = json!([{ "media_id": file.id }]);
    let live = site.live(site.article().await.with("attachments", attached)).await;
    both.replaces(&file, "a.pdf", &pdf("mới")).await;
    let edited = editor.edits(&live, json!({ "title": "Khác" })).await;
    let pending = editor.does(Submit, &edited).await;

    both.tries(Approve, &pending).await.is_problem(403, "four_eyes");

    let live = site.person([Approver]).await;
    let live = live.publishes(&live.approves(&pending).await).await;
    let edited = editor.edits(&live, json!({ "title": "Lại khác" })).await;
    both.approves(&editor.does(Submit, &edited).await).await;
}

#[actix_web::test]
async fn a_stale_tag_is_told_that_files_were_taken_over() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let file = editor.uploads("a.pdf", &pdf("cũ")).await;
    let article = editor.creates(an_article().with("attachments", json!([{ "media_id": file.id }]))).await;
    editor.replaces(&file, "a.pdf", &pdf("mới")).await;
    editor.edits(&article, json!({})).await;

    let refusal = editor.tries_to_edit(&article, json!({ "title": "x" })).await;

    assert_eq!(refusal.is_problem(412, "stale_version").body["changed"], json!(["files"]));
    assert_eq!(site.count("events WHERE kind = 'article.edited' AND data->'fields' = '[\"files\"]'"), 1);
}

#[actix_web::test]
async fn a_recalled_article_takes_a_newer_file_over_when_it_is_submitted_again() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let file = author.uploads("a.pdf", &pdf("cũ")).await;
    let draft = author.creates(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;
    let pending = author.does(Submit, &draft).await;
    assert_eq!(pending.field("version"), &json!(1));
    let new = author.replaces(&file, "a.pdf", &pdf("mới")).await;

    let again = author.does(Submit, &author.does(Recall, &pending).await).await;

    assert_eq!((again.field("version"), &again.field("files")[0]["sha256"]), (&json!(2), sha(&new)));
}

#[actix_web::test]
async fn what_a_version_shows_cannot_be_changed_and_a_copy_shows_what_its_version_does() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let file = editor.uploads("a.pdf", &pdf("cũ")).await;
    site.live(site.article().await.with("attachments", json!([{ "media_id": file.id }]))).await;
    editor.replaces(&file, "a.pdf", &pdf("mới")).await;

    for change in [
        "UPDATE version_media SET revision = 2",
        "UPDATE published_media SET revision = 2",
        "UPDATE media_revisions SET size = 1",
        "DELETE FROM media_revisions WHERE revision = 1",
        "DELETE FROM article_media; DELETE FROM published_media; DELETE FROM media",
    ] {
        assert!(site.sql(change).is_err(), "{change}");
    }
    site.sql("CREATE TABLE kept AS SELECT publication_id, media_id FROM published_media").unwrap();
    site.sql("DELETE FROM published_media").unwrap();
    site.sql("INSERT INTO published_media SELECT publication_id, media_id, 2 FROM kept").unwrap();
    assert_eq!(site.count("published_media WHERE revision = 1"), 1);
    // As the release before writes: without a word of revisions.
    site.sql("INSERT INTO article_versions SELECT article_id, 2, content, edited_by, edited_at FROM article_versions")
        .unwrap();
    site.sql(
        "INSERT INTO version_media (article_id, version, media_id) SELECT article_id, 2, media_id FROM version_media",
    )
    .unwrap();
    assert_eq!(site.count("version_media WHERE version = 2 AND revision = 2"), 1);
    site.sql("UPDATE media SET focal_x = NULL, file_name = 'b.pdf'").unwrap();
    assert_eq!(site.count("media_revisions WHERE revision = 3 AND file_name = 'b.pdf'"), 1);
}

#[actix_web::test]
async fn what_was_approved_stays_public_over_a_bucket_too() {
    let place = Place::bucket().await;
    let site = Site::with(|settings| settings.media = place.settings.media.clone()).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let old = editor.uploads("a.jpg", &jpeg(700, 500)).await;
    let live = site.live(site.article().await.with("image", showing(&old))).await;
    let card = site.get(old.rendition("card.webp")).await.is(200).bytes.clone();

    let new = editor.replaces(&old, "b.png", &png(600, 400)).await;

    assert_eq!(site.public(&live).await.data()["image"]["url"], old.url());
    assert_eq!(site.get(old.url()).await.is(200).bytes.len() as u64, old.field("size").as_u64().unwrap());
    assert_eq!(site.get(old.rendition("card.webp")).await.is(200).bytes, card);
    assert_eq!(site.get(new.url()).await.status, 308);
    let part = site.send(site.request(Method::GET, old.url()).header("range", "bytes=0-1")).await;
    assert_eq!(part.is(206).bytes, b"\xFF\xD8");
    let edited = editor.edits(&live, json!({})).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;
    assert_eq!(site.get(new.url()).await.is(200).header("content-type"), "image/png");
    site.time_passes(chrono::Duration::days(40));
    assert_eq!(site.purges_media().await.contents, 0, "the version before shows it still");
    assert_eq!(site.objects().await, 2);
}
