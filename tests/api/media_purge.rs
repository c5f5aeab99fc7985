//! What nothing uses is listed, and purged after a while; nothing else ever is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::json;
use tintuc::media::{
    library::purge::{Purge, Removed},
    storage::{Digest, Key},
};

use crate::support::{
    Admin, Author, Editor, Person, Site, an_article,
    files::{jpeg, pdf},
    person::Handle,
    place::Place,
};

/// The ids that a list of files holds.
async fn listed(person: &Person<'_>, query: &str) -> Vec<String> {
    let answer = person.get(&format!("/media{query}")).await;
    answer.is(200).rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// A draft with this attached.
async fn attached(person: &Person<'_>, file: &Handle) -> Handle {
    person.creates(an_article().with("attachments", json!([{ "media_id": file.id }]))).await
}

#[actix_web::test]
async fn the_files_that_nothing_uses_are_listed() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let unused = editor.uploads("a.pdf", &pdf("a")).await;
    let used = editor.uploads("b.pdf", &pdf("b")).await;
    let formerly = editor.uploads("c.pdf", &pdf("c")).await;
    let trashed = editor.uploads("d.pdf", &pdf("d")).await;
    attached(&editor, &used).await;
    let edited = attached(&editor, &formerly).await;
    editor.edits(&edited, json!({ "attachments": [] })).await;
    let deleted = attached(&editor, &trashed).await;
    editor.tries_to_delete(&deleted, "").await.is(204);

    assert_eq!(listed(&editor, "?unused=true").await, [unused.id.as_str()]);
    assert_eq!(listed(&editor, "?unused=false").await, [trashed.id, formerly.id, used.id]);
    assert_eq!(listed(&editor, "").await.len(), 4);
    assert!(listed(&site.person([Author]).await, "?unused=true").await.is_empty());
    editor.get("/media?unused=maybe").await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn a_file_that_nothing_uses_is_purged_after_the_retention_time() {
    let site = Site::with(|settings| settings.media.media_retention = 10).await;
    let author = site.person([Author]).await;
    let picture = author.uploads("a.jpg", &jpeg(400, 300)).await;
    author.downloads(&site, picture.rendition("card.webp")).await.is(200);

    site.time_passes(TimeDelta::days(9));
    assert_eq!(site.purges_media().await, Removed::default());
    site.time_passes(TimeDelta::days(10) + TimeDelta::minutes(1));
    assert_eq!(site.purges_media().await, Removed { records: 1, contents: 1, renditions: 0 });

    assert_eq!((site.count("media"), site.count("media_contents"), site.objects().await), (0, 0, 0));
    assert_eq!(site.renditions().await, 0);
    assert_eq!(site.events(&picture), ["media.created", "media.purged"]);
    assert_eq!(site.purges_media().await, Removed::default());
}

#[actix_web::test]
async fn what_an_article_or_a_version_of_it_uses_is_never_purged() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (live, earlier) = (editor.uploads("a.pdf", &pdf("a")).await, editor.uploads("b.pdf", &pdf("b")).await);
    site.live(site.article().await.with("attachments", json!([{ "media_id": live.id }]))).await;
    let edited = attached(&editor, &earlier).await;
    editor.edits(&edited, json!({ "attachments": [] })).await;

    site.time_passes(TimeDelta::days(1000));

    assert_eq!(site.purges_media().await, Removed::default());
    site.get(live.url()).await.is(200);
    assert_eq!(site.count("media"), 2);
}

#[actix_web::test]
async fn the_retention_time_begins_when_the_last_use_ends() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (file, touched) = (editor.uploads("a.pdf", &pdf("a")).await, editor.uploads("b.pdf", &pdf("b")).await);
    let article = attached(&editor, &file).await;
    site.time_passes(TimeDelta::days(29));
    let admin = site.person([Admin]).await;
    admin.describes(&touched, json!({ "title": "x" })).await;
    admin.tries_to_delete(&article, "").await.is(204);
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", article.id))).await.is(204);

    site.time_passes(TimeDelta::days(58));
    assert_eq!(site.purges_media().await, Removed::default());
    site.time_passes(TimeDelta::days(60));
    assert_eq!(site.purges_media().await, Removed { records: 1, contents: 1, renditions: 0 });
    assert_eq!(site.events(&file), ["media.created"], "its time began when a purge first found it unused");
    site.time_passes(TimeDelta::days(89));
    assert_eq!(site.purges_media().await, Removed { records: 1, contents: 1, renditions: 0 });
}

#[actix_web::test]
async fn bytes_stay_while_another_record_has_them() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (one, other) = (editor.uploads("a.pdf", &pdf("x")).await, editor.uploads("b.pdf", &pdf("x")).await);
    attached(&editor, &other).await;
    assert_eq!(site.objects().await, 1);

    site.time_passes(TimeDelta::days(31));

    assert_eq!(site.purges_media().await, Removed { records: 1, contents: 0, renditions: 0 });
    let editor = site.person([Editor]).await;
    editor.get(&format!("/media/{}", one.id)).await.is_problem(404, "not_found");
    editor.downloads(&site, other.url()).await.is(200);
}

#[actix_web::test]
async fn what_a_crash_left_in_the_storage_is_purged_after_the_grace_time() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let kept = author.uploads("a.jpg", &jpeg(30, 20)).await;
    author.downloads(&site, kept.rendition("thumb.webp")).await.is(200);
    let removed = author.uploads("b.pdf", &pdf("x")).await;
    author.tries_to_remove(&removed).await.is(204);
    let storage = &site.app.intake.storage;
    let left = |name: &str| Bytes::from(name.to_owned());
    storage.keep_bytes(&Key::content(Digest::of(b"left")), left("left")).await.unwrap();
    let stray = Key::rendition(Digest::of(b"gone"), "card.webp").unwrap();
    storage.keep_bytes(&stray, left("stray")).await.unwrap();

    site.time_passes(TimeDelta::hours(23));
    assert_eq!(site.purges_media().await, Removed::default());
    site.time_passes(TimeDelta::hours(25));
    assert_eq!(site.purges_media().await, Removed { records: 0, contents: 2, renditions: 1 });

    assert_eq!((site.objects().await, site.renditions().await), (1, 8));
    site.person([Editor]).await.downloads(&site, kept.url()).await.is(200);
}

#[actix_web::test]
async fn crops_about_a_point_that_is_no_longer_the_focal_one_go() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let picture = author.uploads("a.jpg", &jpeg(300, 900)).await;
    let moved = author.describes(&picture, json!({ "focal_point": { "x": 0.5, "y": 0 } })).await;
    for url in [moved.rendition("share.jpg"), moved.rendition("card.jpg")] {
        author.downloads(&site, url).await.is(200);
    }
    let again = author.describes(&moved, json!({ "focal_point": { "x": 0.5, "y": 1 } })).await;
    author.downloads(&site, again.rendition("share.jpg")).await.is(200);
    assert_eq!(site.renditions().await, 10);

    site.time_passes(TimeDelta::hours(25));

    assert_eq!(site.purges_media().await, Removed { records: 0, contents: 0, renditions: 2 });
    assert_eq!(site.renditions().await, 8);
}

#[actix_web::test]
async fn a_bucket_is_purged_as_a_folder_is() {
    let place = Place::bucket().await;
    let site = Site::with(|settings| settings.media = place.settings.media.clone()).await;
    let author = site.person([Author]).await;
    let picture = author.uploads("a.jpg", &jpeg(400, 300)).await;
    author.downloads(&site, picture.rendition("card.webp")).await.is(200);
    assert_eq!((site.objects().await, site.renditions().await), (1, 8));

    site.time_passes(TimeDelta::days(31));

    assert_eq!(site.purges_media().await, Removed { records: 1, contents: 1, renditions: 0 });
    assert_eq!((site.objects().await, site.renditions().await), (0, 0));
}

#[actix_web::test]
async fn several_replicas_purge_at_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for number in 0..20 {
        author.uploads("a.pdf", &pdf(&number.to_string())).await;
    }
    site.time_passes(TimeDelta::days(31));

    let removed = join_all((0..3).map(|_| site.purges_media())).await;

    assert_eq!(removed.iter().map(|it| it.records).sum::<usize>(), 20);
    assert_eq!(removed.iter().map(|it| it.contents).sum::<usize>(), 20);
    assert_eq!((site.count("media"), site.objects().await), (0, 0));
    assert_eq!(site.count("events WHERE kind = 'media.purged'"), 20);
}

#[actix_web::test]
async fn a_file_that_is_taken_up_meanwhile_is_not_purged() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    for round in 0..20 {
        let file = editor.uploads("a.pdf", &pdf(&round.to_string())).await;
        let purge = Purge { retention: TimeDelta::zero(), ..site.media_purge() };

        let article = an_article().with("attachments", json!([{ "media_id": file.id }]));
        let (made, removed) = join(editor.tries_to_create(article), purge.record(file.uuid())).await;

        let there = site.count(&format!("media WHERE id = '{}'", file.id)) == 1;
        assert_eq!((there, !removed.unwrap()), (made.status == 201, made.status == 201));
        if !there {
            assert_eq!(made.is_problem(422, "validation_failed").errors(), ["/attachments/0/media_id unknown"]);
        }
    }
}

/// Uploads meet purges of the same bytes. There is no grace time, so that purges remove what uploads have only just kept,
/// or are about to find.
#[actix_web::test]
async fn every_upload_that_is_acknowledged_can_be_read_whatever_is_purged_meanwhile() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let bytes = pdf("giống nhau");
    let digest = Digest::of(&bytes);
    let purge = Purge { grace: TimeDelta::zero(), ..site.media_purge() };
    let (over, purged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let purging = async {
        while !over.load(Ordering::Relaxed) {
            purged.fetch_add(usize::from(purge.content(digest).await.unwrap()), Ordering::Relaxed);
        }
    };
    let uploading = async {
        let clients = (0..3).map(|_| async {
            let (mut acknowledged, mut tries) = (0, 0);
            while acknowledged < 5 || tries < 25 {
                tries += 1;
                assert!(tries < 1000, "{acknowledged} of {tries} uploads are acknowledged");
                let answer = author.tries_to_upload("a.pdf", &bytes).await;
                if answer.status == 503 {
                    answer.is_problem(503, "unavailable");
                    continue;
                }
                let file = Handle::of(answer.is(201));
                assert!(author.downloads(&site, file.url()).await.is(200).bytes == bytes);
                author.tries_to_remove(&file).await.is(204);
                acknowledged += 1;
            }
            acknowledged
        });
        let acknowledged: usize = join_all(clients).await.into_iter().sum();
        over.store(true, Ordering::Relaxed);
        acknowledged
    };

    let (acknowledged, ()) = join(uploading, purging).await;

    let purged = purged.load(Ordering::Relaxed);
    assert!(purged >= 5, "{acknowledged} uploads and {purged} purges have hardly met");
}
