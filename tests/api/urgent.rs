//! Urgent articles: for some hours, by the clock.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Publish, Unpublish};

use crate::{
    cache::until,
    corrections::revised,
    support::{Admin, Approver, Author, Editor, Site, in_minutes, person::Handle},
};

/// The titles of what leads the front page.
async fn urgent(site: &Site) -> Vec<String> {
    let front = site.get("/api/v1/front").await;
    let titles = front.is(200).data()["urgent"].as_array().unwrap().iter();
    titles.map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("a moment")
}

#[actix_web::test]
async fn an_urgent_article_leads_the_front_page_until_its_time() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let article = site.article().await;
    site.live(article.clone().titled("Thường")).await;
    let approved = site.approved(article.titled("Bão khẩn cấp")).await;
    let until = in_minutes(30);

    let live = approver.publishes_with(&approved, json!({ "urgent_until": until })).await;

    let wanted = until.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
    assert_eq!(urgent(&site).await, ["Bão khẩn cấp"]);
    assert_eq!(moment(live.field("urgent_until")).timestamp_micros(), wanted);
    assert_eq!(moment(&site.public(&live).await.data()["urgent_until"]).timestamp_micros(), wanted);
    let list = site.get("/api/v1/articles").await;
    assert_eq!(list.rows()[0]["urgent_until"], site.public(&live).await.data()["urgent_until"]);
    assert_eq!(list.rows()[1]["urgent_until"], Value::Null);

    site.time_passes(Duration::minutes(31));

    assert_eq!(urgent(&site).await, [""; 0]);
    assert_eq!(site.public(&live).await.is(200).data()["title"], "Bão khẩn cấp");
}

#[actix_web::test]
async fn the_clock_takes_what_is_urgent_from_kept_front_pages_with_nothing_running() {
    let site = Site::start().await;
    let other = site.replica().await;
    let approver = site.person([Approver]).await;
    let live = site.live(site.article().await.titled("Khẩn")).await;
    let soon = Utc::now() + Duration::milliseconds(2500);
    approver.publishes_with(&live, json!({ "urgent_until": soon })).await;
    let list = "/api/v1/articles";
    for replica in [&site, &other] {
        until(async || urgent(replica).await == ["Khẩn"] || Utc::now() > soon).await;
        replica.get(list).await.is(200);
    }
    let kept = site.app.delivery.statements();
    site.get(list).await.is(200);
    assert_eq!(site.app.delivery.statements(), kept);

    until(async || Utc::now() > soon + Duration::milliseconds(300)).await;

    assert_eq!(urgent(&site).await, [""; 0]);
    until(async || urgent(&other).await.is_empty()).await;
    let kept = site.app.delivery.statements();
    site.get(list).await.is(200);
    assert_eq!(site.app.delivery.statements(), kept, "a list shows the time, and goes on as it is");
}

#[actix_web::test]
async fn an_edit_ends_no_urgency_and_a_new_publication_without_it_does() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let approved = site.approved(site.article().await.titled("Khẩn")).await;
    let live = approver.publishes_with(&approved, json!({ "urgent_until": in_minutes(90) })).await;
    editor.edits(&editor.sees(&live).await, json!({ "title": "Đang sửa" })).await;
    assert_eq!(urgent(&site).await, ["Khẩn"]);

    let again = json!({ "urgent_until": in_minutes(60) });
    let second = approver.publishes_with(&revised(&site, &live, "Khẩn, đã sửa").await, again).await;
    assert_eq!(urgent(&site).await, ["Khẩn, đã sửa"]);

    let third = approver.publishes(&revised(&site, &second, "Hết khẩn").await).await;
    assert_eq!((urgent(&site).await, third.field("urgent_until")), (vec![], &Value::Null));
    let fourth = approver.publishes_with(&third, json!({ "urgent_until": in_minutes(60) })).await;
    assert_eq!(urgent(&site).await, ["Hết khẩn"]);
    approver.does(Unpublish, &fourth).await;
    assert_eq!(urgent(&site).await, [""; 0]);
}

#[actix_web::test]
async fn what_is_to_be_urgent_later_is_so_from_its_start() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.titled("Khẩn")).await;
    let input = json!({ "publish_at": in_minutes(30), "urgent_until": in_minutes(60) });

    let ahead = approver.publishes_with(&approved, input).await;

    assert!(ahead.field("scheduled")["urgent_until"].is_string());
    assert_eq!((urgent(&site).await, ahead.field("urgent_until")), (vec![], &Value::Null));
    assert!(!site.events(&ahead).contains(&"article.urgent".to_owned()));
    site.time_passes(Duration::minutes(31));
    assert_eq!(urgent(&site).await, ["Khẩn"]);
    site.time_passes(Duration::minutes(61));
    assert_eq!(urgent(&site).await, [""; 0]);
}

#[actix_web::test]
async fn an_alert_is_an_event_of_its_own_and_stands_in_the_history() {
    let site = Site::start().await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let approved = site.approved(site.article().await).await;

    let live = approver.publishes_with(&approved, json!({ "urgent_until": in_minutes(30) })).await;

    let events = site.events(&live);
    assert_eq!(events[events.len() - 2..], ["article.published", "article.urgent"]);
    let told = admin.get("/audit?action=article.urgent").await;
    let at = moment(&told.is(200).rows()[0]["data"]["urgent_until"]);
    assert_eq!(at, moment(live.field("urgent_until")));
    assert_eq!(moment(&approver.history(&live).await[0]["urgent_until"]), at);
}

#[actix_web::test]
async fn nothing_is_urgent_for_longer_than_two_days_nor_before_it_appears() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    let refused = async |input: Value| {
        let refusal = approver.tries_with(Publish, &approved, input).await;
        refusal.is_problem(422, "validation_failed").errors()
    };
    for (input, error) in [
        (json!({ "urgent_until": in_minutes(-1) }), "/urgent_until too_early"),
        (json!({ "urgent_until": in_minutes(48 * 60 + 1) }), "/urgent_until too_late"),
        (json!({ "urgent_until": in_minutes(29), "publish_at": in_minutes(30) }), "/urgent_until too_early"),
        (json!({ "urgent_until": "9999-12-31T23:59:59Z" }), "/urgent_until too_late"),
        (json!({ "urgent_until": "2999-01-01T08:00:00" }), "/urgent_until invalid_format"),
        (json!({ "urgent_until": true }), "/urgent_until wrong_type"),
    ] {
        assert_eq!(refused(input).await, [error]);
    }
    // Less than a microsecond apart: the database could not tell one from the other.
    let start = Utc::now() + Duration::minutes(30);
    let micros = start.to_rfc3339_opts(SecondsFormat::Micros, true);
    let (start, end) = (micros.replace('Z', "1Z"), micros.replace('Z', "9Z"));
    for until in ["urgent_until", "expires_at"] {
        let input = json!({ "publish_at": start, until: end });
        assert_eq!(refused(input).await, [format!("/{until} too_early")]);
    }
    let latest = json!({ "publish_at": in_minutes(30), "urgent_until": in_minutes(30 + 48 * 60 - 1) });
    approver.publishes_with(&approved, latest).await;
}

#[actix_web::test]
async fn only_who_may_publish_may_alert() {
    let site = Site::start().await;
    let approved: Handle = site.approved(site.article().await).await;
    for role in [Author, Editor] {
        let who = site.person([role]).await;
        let refusal = who.tries_with(Publish, &approved, json!({ "urgent_until": in_minutes(30) })).await;
        assert!([403, 404].contains(&refusal.status.as_u16()), "{role}: {:#}", refusal.body);
    }
    assert_eq!(urgent(&site).await, [""; 0]);
}

#[actix_web::test]
async fn the_database_keeps_notes_where_they_belong() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    for (change, constraint) in [
        ("notice = 'x'", "publications_notice_check"),
        ("correction = ''", "publications_correction_check"),
        ("urgent_until = starts_at", "publications_urgent_until_check"),
        ("urgent_until = starts_at + interval '49 hours'", "publications_urgent_until_check"),
    ] {
        let refused = site.sql(&format!("UPDATE publications SET {change} WHERE article_id = '{}'", live.id));
        assert!(refused.unwrap_err().to_string().contains(constraint), "{change}");
    }
}
