//! Slugs of what is scheduled: the article's own until the public has seen them, and free again if it never does.

use std::time::Duration;

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use serde_json::json;
use tintuc::newsroom::Transition::{Submit, Unpublish, Unschedule};

use crate::support::{Answer, Approver, Author, Editor, Person, Site, an_article, in_minutes, person::Handle};

/// An article that is to appear with this slug.
async fn scheduled(site: &Site, slug: &str) -> Handle {
    let approved = site.approved(site.article().await.with("slug", slug)).await;
    scheduling(&site.person([Approver]).await, &approved).await
}

async fn scheduling(person: &Person<'_>, approved: &Handle) -> Handle {
    person.publishes_with(approved, json!({ "publish_at": in_minutes(30) })).await
}

/// The working copy with another slug.
async fn renamed(site: &Site, article: &Handle, slug: &str) -> Handle {
    site.person([Editor]).await.edits(article, json!({ "slug": slug })).await
}

/// The same, reviewed.
async fn renamed_and_approved(site: &Site, article: &Handle, slug: &str) -> Handle {
    let renamed = site.person([Editor]).await.edits(article, json!({ "slug": slug })).await;
    let pending = site.person([Editor]).await.does(Submit, &renamed).await;
    site.person([Approver]).await.approves(&pending).await
}

/// What another article gets that asks for this slug.
async fn asked_for(site: &Site, slug: &str) -> Answer {
    site.person([Author]).await.tries_to_create(an_article().with("slug", slug)).await
}

#[actix_web::test]
async fn a_slug_is_free_again_once_the_only_schedule_that_was_to_show_it_is_called_off() {
    let site = Site::start().await;
    let renamed = renamed(&site, &scheduled(&site, "mot").await, "hai").await;
    asked_for(&site, "mot").await.is_problem(409, "conflict");

    site.person([Approver]).await.does(Unschedule, &renamed).await;

    asked_for(&site, "mot").await.is(201);
    asked_for(&site, "hai").await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn a_slug_is_free_again_once_another_schedule_takes_the_place_of_the_one_that_was_to_show_it() {
    let site = Site::start().await;
    let approved = renamed_and_approved(&site, &scheduled(&site, "mot").await, "hai").await;

    scheduling(&site.person([Approver]).await, &approved).await;

    asked_for(&site, "mot").await.is(201);
    asked_for(&site, "hai").await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn a_slug_is_free_again_once_its_article_is_withdrawn_with_what_was_to_replace_it() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("slug", "mot")).await;
    let approver = site.person([Approver]).await;
    let next = scheduling(&approver, &renamed_and_approved(&site, &live, "hai").await).await;
    let edited = renamed(&site, &next, "ba").await;

    approver.does(Unpublish, &edited).await;

    asked_for(&site, "mot").await.is_problem(409, "conflict");
    asked_for(&site, "hai").await.is(201);
    asked_for(&site, "ba").await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn a_slug_that_was_only_scheduled_is_free_again_once_its_article_is_in_the_trash() {
    let site = Site::start().await;
    let renamed = renamed(&site, &scheduled(&site, "mot").await, "hai").await;

    site.person([Editor, Approver]).await.tries_to_delete(&renamed, "").await.is(204);

    asked_for(&site, "mot").await.is(201);
    asked_for(&site, "hai").await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn the_working_copy_keeps_its_slug_when_its_schedule_is_called_off() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;

    let called_off = approver.does(Unschedule, &scheduled(&site, "mot").await).await;

    assert_eq!(called_off.slug(), "mot");
    asked_for(&site, "mot").await.is_problem(409, "conflict");
    // And lets go of it with the next one.
    renamed(&site, &called_off, "hai").await;
    asked_for(&site, "mot").await.is(201);
}

#[actix_web::test]
async fn a_slug_that_the_public_saw_before_stays_when_a_schedule_with_it_is_called_off() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let first = site.live(site.article().await.with("slug", "mot")).await;
    let second = approver.publishes(&renamed_and_approved(&site, &first, "hai").await).await;
    let third = scheduling(&approver, &renamed_and_approved(&site, &second, "mot").await).await;
    let fourth = renamed(&site, &third, "ba").await;

    approver.does(Unschedule, &fourth).await;

    for slug in ["mot", "hai", "ba"] {
        asked_for(&site, slug).await.is_problem(409, "conflict");
    }
    assert_eq!(site.get("/api/v1/articles/mot").await.is(308).header("location"), "/api/v1/articles/hai");
    assert_eq!(site.get("/api/v1/articles/hai").await.is(200).data()["slug"], "hai");
}

/// Calls a schedule off while somebody else holds what this statement locks, until its time has come: that is refused.
async fn called_off_too_late(site: &Site, held: &str) -> Handle {
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.with("slug", "mot")).await;
    let soon = chrono::Utc::now() + chrono::Duration::seconds(4);
    let article = approver.publishes_with(&approved, json!({ "publish_at": soon })).await;
    let mut other = PgConnection::establish(site.database()).unwrap();
    other.begin_test_transaction().unwrap();
    other.batch_execute(held).unwrap();
    let (refusal, ()) = tokio::join!(approver.tries(Unschedule, &article), async {
        if article.field("status") == "scheduled" {
            site.somebody_waits_for_a_lock().await;
        }
        while site.get("/api/v1/articles/mot").await.status != 200 {
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        drop(other);
    });

    assert_eq!(refusal.status, 409);
    let seen = approver.sees(&article).await;
    assert_eq!(seen.field("status"), "live");
    site.get("/api/v1/articles/mot").await.is(200);
    seen
}

#[actix_web::test]
async fn a_schedule_whose_time_comes_while_its_calling_off_waits_is_not_called_off() {
    let site = Site::start().await;

    let live = called_off_too_late(&site, "SELECT FROM articles FOR UPDATE").await;

    renamed(&site, &live, "hai").await;
    asked_for(&site, "mot").await.is_problem(409, "conflict");
}

#[actix_web::test]
async fn a_schedule_whose_time_comes_while_its_calling_off_waits_for_its_commit_is_not_called_off() {
    // Somebody else is just telling what they have published.
    called_off_too_late(&Site::start().await, "SELECT FROM publication_state FOR UPDATE").await;
}

#[actix_web::test]
async fn slugs_that_called_off_schedules_left_behind_are_freed_with_the_update() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("slug", "mot")).await;
    let renamed = renamed(&site, &live, "hai").await;
    // As the version before left it.
    site.sql(&format!("INSERT INTO slugs VALUES ('ba', '{}')", renamed.id)).unwrap();
    asked_for(&site, "ba").await.is_problem(409, "conflict");

    site.sql(include_str!("../../migrations/2026-11-27-000010_slugs_let_go/up.sql")).unwrap();

    asked_for(&site, "ba").await.is(201);
    for slug in ["mot", "hai"] {
        asked_for(&site, slug).await.is_problem(409, "conflict");
    }
}
