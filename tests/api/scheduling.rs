//! Publication in time: later, until, instead of; all by the clock, with nothing waking up.

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish, Unschedule};

use crate::support::{Approver, Author, Editor, Person, Site, in_minutes, person::Handle};

/// A new version with this title, edited and approved by others.
async fn revised(site: &Site, article: &Handle, title: &str) -> Handle {
    let editor = site.person([Editor]).await;
    let edited = editor.edits(article, json!({ "title": title })).await;
    site.person([Approver]).await.approves(&editor.does(Submit, &edited).await).await
}

async fn scheduled(person: &Person<'_>, article: &Handle, minutes: i64) -> Handle {
    person.publishes_with(article, json!({ "publish_at": in_minutes(minutes) })).await
}

#[actix_web::test]
async fn a_scheduled_article_appears_by_the_clock_alone() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let scheduled = scheduled(&approver, &site.approved(site.article().await).await, 30).await;
    assert_eq!((scheduled.field("status"), scheduled.field("live_version")), (&json!("scheduled"), &Value::Null));
    site.time_passes(Duration::minutes(29));
    site.public(&scheduled).await.is_problem(404, "not_found");

    site.time_passes(Duration::minutes(31));

    let public = site.public(&scheduled).await;
    assert_eq!(public.is(200).data()["first_published_at"], scheduled.field("scheduled")["at"]);
    assert_eq!(public.data()["published_at"], public.data()["first_published_at"]);
    let live = approver.sees(&scheduled).await;
    assert_eq!((live.field("status"), live.field("scheduled")), (&json!("live"), &Value::Null));
    assert_eq!(live.etag, scheduled.etag, "the clock is no edit");
}

#[actix_web::test]
async fn an_article_expires_by_the_clock_alone() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    let live = approver.publishes_with(&approved, json!({ "expires_at": in_minutes(30) })).await;
    assert_eq!(site.public(&live).await.is(200).data()["expires_at"], *live.field("expires_at"));

    site.time_passes(Duration::minutes(31));

    site.public(&live).await.is_problem(404, "not_found");
    let expired = approver.sees(&live).await;
    assert_eq!(expired.field("status"), "expired");
    let again = approver.publishes(&expired).await;
    assert_eq!((again.field("status"), again.field("expires_at")), (&json!("live"), &Value::Null));
    assert_eq!(again.field("first_published_at"), live.field("first_published_at"));
}

#[actix_web::test]
async fn a_moment_that_is_past_means_now() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;

    let live = scheduled(&approver, &approved, -60).await;

    assert_eq!(live.field("status"), "live");
    let first: chrono::DateTime<Utc> = live.field("first_published_at").as_str().unwrap().parse().unwrap();
    assert!((Utc::now() - first).abs() < Duration::minutes(1), "nothing is published in the past");
}

#[actix_web::test]
async fn a_time_without_a_zone_is_refused() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    for time in ["2999-01-01T08:00:00", "2999-01-01", "2999-02-29T08:00:00Z", "mai"] {
        let input = json!({ "publish_at": time });
        let refusal = approver.tries_with(tintuc::newsroom::Transition::Publish, &approved, input).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/publish_at invalid_format"], "{time}");
    }
}

#[actix_web::test]
async fn unscheduling_returns_to_the_status_before() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;

    let never = approver.does(Unschedule, &scheduled(&approver, &approved, 30).await).await;
    assert_eq!((never.field("status"), never.field("approval")), (&json!("unpublished"), &json!("approved")));
    let live = approver.publishes(&never).await;
    let live = approver.does(Unschedule, &scheduled(&approver, &live, 30).await).await;
    assert_eq!(live.field("status"), "live");
    let withdrawn = approver.does(Unpublish, &live).await;
    let withdrawn = approver.does(Unschedule, &scheduled(&approver, &withdrawn, 30).await).await;
    assert_eq!(withdrawn.field("status"), "withdrawn");

    site.time_passes(Duration::minutes(31));
    site.public(&withdrawn).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn unscheduling_over_a_live_article_gives_it_back_its_own_end() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    let live = approver.publishes_with(&approved, json!({ "expires_at": in_minutes(60) })).await;

    approver.does(Unschedule, &scheduled(&approver, &live, 30).await).await;

    site.time_passes(Duration::minutes(45));
    site.public(&live).await.is(200);
    site.time_passes(Duration::minutes(61));
    assert_eq!(approver.sees(&live).await.field("status"), "expired");
}

#[actix_web::test]
async fn scheduling_over_a_live_article_leaves_it_live_until_then() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await.titled("Bản cũ")).await;
    let next = scheduled(&approver, &revised(&site, &live, "Bản mới").await, 30).await;

    assert_eq!((next.field("status"), next.field("live_version")), (&json!("live"), &json!(1)));
    assert_eq!(next.field("scheduled")["version"], 2);
    assert_eq!(site.public_titles("?count=exact").await, ["Bản cũ"]);
    site.time_passes(Duration::minutes(31));
    assert_eq!(site.public_titles("?count=exact").await, ["Bản mới"]);
    let now = approver.sees(&next).await;
    assert_eq!((now.field("live_version"), now.field("scheduled")), (&json!(2), &Value::Null));
    assert_eq!(now.field("first_published_at"), live.field("first_published_at"));
    assert_eq!(now.field("last_published_at"), &next.field("scheduled")["at"]);
}

#[actix_web::test]
async fn an_edit_does_not_touch_what_is_scheduled() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let next = scheduled(&approver, &site.approved(site.article().await.titled("Đã duyệt")).await, 30).await;

    let edited = site.person([Editor]).await.edits(&next, json!({ "title": "Chưa duyệt", "slug": "chua-duyet" })).await;

    assert_eq!((edited.field("status"), edited.field("scheduled")), (&json!("scheduled"), next.field("scheduled")));
    site.time_passes(Duration::minutes(31));
    assert_eq!(site.public(&next).await.is(200).data()["title"], "Đã duyệt");
    site.get("/api/v1/articles/chua-duyet").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn another_publication_replaces_what_was_scheduled() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let first = scheduled(&approver, &site.approved(site.article().await.titled("Một")).await, 30).await;
    let second = scheduled(&approver, &revised(&site, &first, "Hai").await, 60).await;
    assert_eq!(second.field("scheduled")["version"], 2);
    site.time_passes(Duration::minutes(31));
    site.public(&second).await.is_problem(404, "not_found");

    let now = approver.publishes(&approver.sees(&second).await).await;

    assert_eq!((now.field("status"), now.field("scheduled")), (&json!("live"), &Value::Null));
    site.time_passes(Duration::minutes(90));
    assert_eq!(site.public(&second).await.is(200).data()["title"], "Hai");
}

#[actix_web::test]
async fn withdrawing_calls_off_what_was_to_replace_it() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let next = scheduled(&approver, &revised(&site, &live, "Bản mới").await, 30).await;

    let withdrawn = approver.does(Unpublish, &next).await;

    assert_eq!((withdrawn.field("status"), withdrawn.field("scheduled")), (&json!("withdrawn"), &Value::Null));
    site.time_passes(Duration::minutes(31));
    site.public(&live).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_withdrawn_article_can_be_published_again_and_keeps_its_first_date() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let withdrawn = approver.does(Unpublish, &live).await;
    assert_eq!((withdrawn.field("status"), withdrawn.field("approval")), (&json!("withdrawn"), &json!("approved")));
    site.public(&live).await.is_problem(404, "not_found");

    let again = approver.publishes(&withdrawn).await;

    assert_eq!(again.field("first_published_at"), live.field("first_published_at"));
    assert_ne!(again.field("last_published_at"), live.field("last_published_at"));
    let public = site.public(&live).await;
    assert_eq!(public.is(200).data()["published_at"], *live.field("first_published_at"));
    assert_eq!(public.data()["last_published_at"], *again.field("last_published_at"));
}

#[actix_web::test]
async fn a_date_later_than_the_publication_is_refused() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.with("published_at", in_minutes(30))).await;

    let refusal = approver.tries(tintuc::newsroom::Transition::Publish, &approved).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/published_at too_late"]);
    scheduled(&approver, &approved, 31).await;
}

#[actix_web::test]
async fn a_date_that_is_past_orders_the_list_and_makes_nothing_visible() {
    let site = Site::start().await;
    let article = site.article().await;
    site.live(article.clone().titled("Hôm nay")).await;
    let old = article.titled("Năm xưa").with("published_at", "2019-05-01T08:00:00+07:00");
    let draft = site.person([Author]).await.creates(old.clone()).await;
    site.public(&draft).await.is_problem(404, "not_found");

    let live = site.live(old).await;

    assert_eq!(site.public_titles("").await, ["Hôm nay", "Năm xưa"]);
    assert_eq!(site.public(&live).await.data()["published_at"], "2019-05-01T01:00:00Z");
    assert_eq!(live.field("published_at"), "2019-05-01T01:00:00Z", "the editor's date is never overwritten");
}

#[actix_web::test]
async fn an_article_expires_after_it_appears() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    for input in
        [json!({ "expires_at": in_minutes(-1) }), json!({ "publish_at": in_minutes(30), "expires_at": in_minutes(29) })]
    {
        let refusal = approver.tries_with(tintuc::newsroom::Transition::Publish, &approved, input).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/expires_at too_early"]);
    }
    let input = json!({ "publish_at": in_minutes(30), "expires_at": in_minutes(31) });
    let scheduled = approver.publishes_with(&approved, input).await;
    assert!(scheduled.field("scheduled")["expires_at"].is_string());
}
