//! Counting readers.

use std::collections::BTreeSet;

use chrono::Duration;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, Approver, Author, Site, person::Handle};

/// A view by the client of this name, from this machine.
async fn viewed_by(site: &Site, article: &Handle, agent: &str) -> Answer {
    let request = site.request(Method::POST, &format!("/api/v1/articles/{}/views", article.id));
    site.send(request.header("User-Agent", agent)).await
}

/// A view by a reader whom the client names.
async fn viewed(site: &Site, article: &Handle, visitor: &str) -> Answer {
    site.post(&format!("/api/v1/articles/{}/views", article.id), &json!({ "visitor": visitor })).await
}

/// Lets time pass, and the service notice: between two batches it goes by its own clock.
async fn time_passes(site: &Site, time: Duration) {
    site.time_passes(time);
    actix_web::rt::time::sleep(std::time::Duration::from_millis(800)).await;
}

fn counted(article: &Handle, views: u64, counted: bool) -> serde_json::Value {
    json!({ "article_id": article.id, "views": views, "counted": counted })
}

#[actix_web::test]
async fn a_view_is_counted_and_answered_with_the_total() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let views = format!("/api/v1/articles/{}/views", article.slug());
    assert_eq!(site.get(&views).await.data(), &json!({ "article_id": article.id, "views": 0 }));

    let answer = site.post(&views, &json!({})).await;

    assert_eq!(answer.is(200).data(), &counted(&article, 1, true));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(site.get(&views).await.data(), &json!({ "article_id": article.id, "views": 1 }));
}

#[actix_web::test]
async fn the_same_reader_counts_once_in_half_an_hour() {
    let site = Site::start().await;
    let (article, other) = (site.live(site.article().await).await, site.live(site.article().await).await);
    assert_eq!(viewed_by(&site, &article, "Firefox").await.data(), &counted(&article, 1, true));

    assert_eq!(viewed_by(&site, &article, "Firefox").await.data(), &counted(&article, 1, false));
    assert_eq!(viewed_by(&site, &article, "Safari").await.data(), &counted(&article, 2, true));
    assert_eq!(viewed_by(&site, &other, "Firefox").await.data(), &counted(&other, 1, true));
    time_passes(&site, Duration::minutes(29)).await;
    assert_eq!(viewed_by(&site, &article, "Firefox").await.data(), &counted(&article, 2, false));
    time_passes(&site, Duration::minutes(31)).await;
    assert_eq!(viewed_by(&site, &article, "Firefox").await.data(), &counted(&article, 3, true));
}

#[actix_web::test]
async fn a_client_may_name_its_readers() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;

    assert_eq!(viewed(&site, &article, "một").await.data(), &counted(&article, 1, true));
    assert_eq!(viewed(&site, &article, "hai").await.data(), &counted(&article, 2, true));
    assert_eq!(viewed(&site, &article, "một").await.data(), &counted(&article, 2, false));
    let nameless = viewed(&site, &article, "").await;
    assert_eq!(nameless.is_problem(422, "validation_failed").errors(), ["/visitor too_short"]);
}

#[actix_web::test]
async fn known_robots_are_not_readers_but_a_command_line_is() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    for robot in [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "facebookexternalhit/1.1",
    ] {
        assert_eq!(viewed_by(&site, &article, robot).await.is(200).data(), &counted(&article, 0, false), "{robot}");
    }
    assert_eq!(viewed_by(&site, &article, "curl/8.5.0").await.data(), &counted(&article, 1, true));
}

#[actix_web::test]
async fn views_at_the_same_time_add_up_exactly() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let visitors: Vec<String> = (0..40).map(|number| format!("{number}")).collect();

    let answers = join_all(visitors.iter().map(|visitor| viewed(&site, &article, visitor))).await;
    let again = join_all((0..10).map(|_| viewed(&site, &article, "một"))).await;

    let totals: BTreeSet<u64> = answers.iter().map(|answer| answer.is(200).data()["views"].as_u64().unwrap()).collect();
    assert_eq!(totals, (1..=40).collect());
    assert_eq!(again.iter().filter(|answer| answer.is(200).data()["counted"] == true).count(), 1);
    site.views_are_written().await;
    assert_eq!(site.count("view_totals WHERE views = 41"), 1);
}

#[actix_web::test]
async fn a_view_changes_nothing_but_the_count() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let approver = site.person([Approver]).await;
    let (before, public) = (approver.sees(&article).await, site.public(&article).await);
    let events = site.count("events");

    viewed(&site, &article, "một").await.is(200);
    site.views_are_written().await;

    let mut after = approver.sees(&article).await;
    assert_eq!((after.etag.as_str(), after.field("views")), (before.etag.as_str(), &json!(1)));
    after.data["views"] = json!(0);
    assert_eq!(after.data, before.data);
    let later = site.public(&article).await;
    assert_eq!((later.header("etag"), &later.bytes), (public.header("etag"), &public.bytes));
    assert_eq!(site.count("events"), events);
}

#[actix_web::test]
async fn what_is_not_public_has_no_readers() {
    let site = Site::start().await;
    let draft = site.person([Author]).await.creates(site.article().await).await;
    let unknown = Handle { id: Uuid::now_v7().to_string(), ..draft.clone() };

    for article in [&draft, &unknown] {
        viewed(&site, article, "một").await.is_problem(404, "not_found");
        site.get(&format!("/api/v1/articles/{}/views", article.id)).await.is_problem(404, "not_found");
    }
    assert_eq!(site.count("view_totals") + site.count("view_batches"), 0);
}

#[actix_web::test]
async fn a_count_outlives_a_withdrawal() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    viewed(&site, &article, "một").await.is(200);
    let approver = site.person([Approver]).await;
    let withdrawn = approver.does(tintuc::newsroom::Transition::Unpublish, &article).await;
    // It may be read for a moment yet.
    actix_web::rt::time::sleep(std::time::Duration::from_secs(1)).await;
    viewed(&site, &article, "hai").await.is_problem(404, "not_found");

    approver.publishes(&withdrawn).await;

    assert_eq!(viewed(&site, &article, "hai").await.data(), &counted(&article, 2, true));
}

#[actix_web::test]
async fn no_address_is_kept() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    viewed_by(&site, &article, "Firefox").await.is(200);
    viewed(&site, &article, "127.0.0.1").await.is(200);

    assert_eq!(site.count("view_batches b, unnest(b.visitors) digest WHERE abs(digest) > 1000000"), 2);
    let columns =
        "information_schema.columns WHERE table_name = 'view_batches' AND data_type IN ('text', 'inet', 'jsonb')";
    assert_eq!(site.count(columns), 0);
}
