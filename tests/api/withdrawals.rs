//! Withdrawals: what was taken back with a notice says so where it was, until it is public again.

use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::{
    newsroom::Transition::{Submit, Unpublish, Unschedule},
    settings::KeepPublished,
};

use crate::{
    cache::until,
    corrections::revised,
    support::{Admin, Answer, Approver, Editor, Person, Site, in_minutes, person::Handle},
};

const NOTICE: &str = "Thông báo được thu hồi vì đã hết hiệu lực.";

async fn withdraws(approver: &Person<'_>, article: &Handle, notice: &str) -> Handle {
    Handle::of(approver.tries_with(Unpublish, article, json!({ "notice": notice })).await.is(200))
}

/// An article that was live under two slugs and was taken back with a notice.
async fn withdrawn(site: &Site, approver: &Person<'_>) -> Handle {
    let editor = site.person([Editor]).await;
    let live = site.live(site.article().await.with("slug", "dia-chi-cu")).await;
    let moved = editor.edits(&editor.sees(&live).await, json!({ "slug": "dia-chi-moi" })).await;
    let moved = approver.publishes(&approver.approves(&editor.does(Submit, &moved).await).await).await;
    withdraws(approver, &moved, NOTICE).await
}

#[track_caller]
fn is_noticed(answer: &Answer) {
    assert_eq!(answer.is_problem(410, "gone").body["notice"], NOTICE);
}

#[actix_web::test]
async fn what_was_taken_back_with_a_notice_says_so_at_all_its_addresses() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;

    let withdrawn = withdrawn(&site, &approver).await;

    assert_eq!((withdrawn.field("status"), withdrawn.field("notice")), (&json!("withdrawn"), &json!(NOTICE)));
    for name in [withdrawn.id.as_str(), "dia-chi-moi", "dia-chi-cu"] {
        for beside in ["", "/related", "/others", "/views", "/metadata"] {
            is_noticed(&site.get(&format!("/api/v1/articles/{name}{beside}")).await);
        }
        is_noticed(&site.post(&format!("/api/v1/articles/{name}/views"), &json!({})).await);
    }
    let answer = site.public(&withdrawn).await;
    let at: DateTime<Utc> = answer.body["at"].as_str().unwrap().parse().unwrap();
    assert!((Utc::now() - at).abs() < Duration::minutes(1));
    assert_eq!(answer.header("cache-control"), "no-store");
    let english = site.request(Method::GET, "/api/v1/articles/dia-chi-cu").header("accept-language", "en");
    let english = site.send(english).await;
    assert_eq!((&english.body["title"], &english.body["notice"]), (&json!("Gone"), &json!(NOTICE)));
    let head = site.send(site.request(Method::HEAD, "/api/v1/articles/dia-chi-cu")).await;
    head.is(410);
    assert_eq!(site.public_titles("").await, [""; 0]);
    site.get("/api/v1/articles/dia-chi-khac").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn without_a_notice_nothing_is_told() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let withdrawn = approver.does(Unpublish, &live).await;
    assert_eq!(withdrawn.field("notice"), &Value::Null);
    site.public(&live).await.is_problem(404, "not_found");
    site.get(&format!("/api/v1/articles/{}", live.slug())).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_notice_ends_when_the_article_is_published_again_and_not_before() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let withdrawn = withdrawn(&site, &approver).await;
    let ahead = approver.publishes_with(&withdrawn, json!({ "publish_at": in_minutes(30) })).await;
    is_noticed(&site.public(&withdrawn).await);
    let back = approver.does(Unschedule, &ahead).await;
    is_noticed(&site.public(&withdrawn).await);
    let input = json!({ "publish_at": in_minutes(30), "expires_at": in_minutes(60) });
    let ahead = approver.publishes_with(&back, input).await;

    site.time_passes(Duration::minutes(31));
    site.public(&withdrawn).await.is(200);
    site.get("/api/v1/articles/dia-chi-cu").await.is(308);
    let live = approver.sees(&ahead).await;
    assert_eq!((live.field("status"), live.field("notice")), (&json!("live"), &Value::Null));

    site.time_passes(Duration::minutes(61));
    site.public(&withdrawn).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn kept_answers_become_a_notice_and_back_on_every_replica() {
    let site = Site::start().await;
    let other = site.replica().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let views = format!("/api/v1/articles/{}/views", live.id);
    for replica in [&site, &other] {
        until(async || replica.public(&live).await.status == 200).await;
        replica.post(&views, &json!({})).await.is(200);
    }

    let first = withdraws(&approver, &live, NOTICE).await;
    is_noticed(&site.public(&live).await);
    let known = until(async || other.public(&live).await.status == 410).await;
    assert!(known < std::time::Duration::from_secs(5), "{known:?}");
    for replica in [&site, &other] {
        is_noticed(&replica.post(&views, &json!({})).await);
    }

    let again = approver.publishes(&first).await;
    site.public(&live).await.is(200);
    until(async || other.public(&live).await.status == 200).await;
    let silent = approver.does(Unpublish, &again).await;
    site.public(&live).await.is_problem(404, "not_found");
    let again = approver.publishes(&silent).await;
    withdraws(&approver, &again, "Lời báo khác").await;
    assert_eq!(site.public(&live).await.is_problem(410, "gone").body["notice"], "Lời báo khác");
    until(async || other.public(&live).await.body["notice"] == "Lời báo khác").await;
}

#[actix_web::test]
async fn a_notice_stays_while_the_article_is_in_the_trash_and_goes_when_it_is_purged() {
    let site = Site::with(|settings| settings.keep_published = KeepPublished::Off).await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let withdrawn = withdrawn(&site, &approver).await;

    admin.tries_to_delete(&withdrawn, "").await.is(204);
    is_noticed(&site.public(&withdrawn).await);
    is_noticed(&site.get("/api/v1/articles/dia-chi-cu").await);
    let restored = admin.post(&format!("/trash/{}/restore", withdrawn.id), &json!({})).await;
    assert_eq!(restored.is(200).data()["notice"], NOTICE);
    is_noticed(&site.public(&withdrawn).await);

    admin.tries_to_delete(&admin.sees(&withdrawn).await, "").await.is(204);
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", withdrawn.id))).await.is(204);
    site.public(&withdrawn).await.is_problem(404, "not_found");
    site.get("/api/v1/articles/dia-chi-cu").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_notice_tells_nothing_of_what_was_never_public() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let withdrawn = withdrawn(&site, &approver).await;
    let draft =
        editor.edits(&editor.sees(&withdrawn).await, json!({ "slug": "chua-dang", "title": "Chưa đăng" })).await;
    site.get("/api/v1/articles/chua-dang").await.is_problem(404, "not_found");
    is_noticed(&site.public(&withdrawn).await);

    let next = approver.approves(&editor.does(Submit, &draft).await).await;
    approver.publishes_with(&next, json!({ "publish_at": in_minutes(30) })).await;

    site.get("/api/v1/articles/chua-dang").await.is_problem(404, "not_found");
    assert!(!site.public(&withdrawn).await.body.to_string().contains("Chưa đăng"));
}

#[actix_web::test]
async fn a_notice_goes_with_a_withdrawal_alone_and_is_a_line_of_plain_text() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let refusal = approver.tries_with(tintuc::newsroom::Transition::Publish, &live, json!({ "notice": NOTICE })).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/notice not_applicable"]);
    for (notice, error) in [
        (String::new(), "/notice too_short"),
        ("\t".to_owned(), "/notice too_short"),
        ("đ".repeat(1001), "/notice too_long"),
        ("<script>1</script>".to_owned(), "/notice markup"),
    ] {
        let refusal = approver.tries_with(Unpublish, &live, json!({ "notice": notice })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    let refusal = approver.tries_with(Unpublish, &live, json!({ "notice": NOTICE, "correction": "Sai" })).await;
    assert_eq!(refusal.errors(), ["/correction not_applicable"]);
    site.public(&live).await.is(200);

    let withdrawn = withdraws(&approver, &live, " Thu\r\nhồi ").await;
    assert_eq!(site.public(&withdrawn).await.body["notice"], "Thu hồi");
}

#[actix_web::test]
async fn the_history_and_the_event_log_show_notices() {
    let site = Site::start().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let withdrawn = withdrawn(&site, &approver).await;

    assert_eq!(approver.history(&withdrawn).await[0]["notice"], NOTICE);
    let events = admin.get("/audit?action=article.unpublished").await;
    let told = &events.is(200).rows()[0]["data"];
    assert_eq!((&told["notice"], &told["reason"]), (&json!(NOTICE), &json!("withdrawn")));
}

#[actix_web::test]
async fn withdrawing_what_was_to_be_corrected_later_tells_the_notice_alone() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await).await;
    let input = json!({ "publish_at": in_minutes(30), "correction": "Sau này", "urgent_until": in_minutes(90) });
    let ahead = approver.publishes_with(&revised(&site, &live, "Hai").await, input).await;

    let withdrawn = withdraws(&approver, &ahead, NOTICE).await;

    assert_eq!(withdrawn.field("corrections"), &json!([]));
    site.time_passes(Duration::minutes(31));
    is_noticed(&site.public(&withdrawn).await);
    assert!(!site.public(&withdrawn).await.body.to_string().contains("Sau này"));
}

#[actix_web::test]
async fn notices_and_what_is_urgent_are_found_by_their_indexes() {
    let site = Site::start().await;
    let id = "01a20cb6-6a62-72d0-b72f-3033d6f4b10f";
    for (query, index) in [
        (format!("SELECT notice FROM delivery.notices WHERE article_id = '{id}'"), "publications_by_article"),
        (
            "SELECT n.notice FROM delivery.noticed_slugs s JOIN delivery.notices n USING (article_id) WHERE s.slug = 'a'"
                .to_owned(),
            "public_slugs_pkey",
        ),
        ("SELECT article_id FROM delivery.urgent".to_owned(), "published_articles_urgent"),
        ("SELECT next_change FROM delivery.state".to_owned(), "published_articles_urgent"),
        ("SELECT DISTINCT key FROM delivery.moments WHERE at = now() LIMIT 5001".to_owned(), "published_articles_urgent"),
    ] {
        let plan = site.plan(&query);
        assert!(plan.contains(index) && !plan.contains("Seq Scan on publications"), "{query}: {plan}");
        assert!(!plan.contains("Seq Scan on published"), "{query}: {plan}");
    }
}
