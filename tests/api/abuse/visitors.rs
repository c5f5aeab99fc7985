//! Views that somebody makes up.

use std::{num::NonZeroU16, time::Duration};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tintuc::settings::{RateLimit, Settings};

use crate::support::{Site, person::Handle};

/// Limits as they are in use, with believed claims about addresses and so many visitors each.
fn limited(per_address: u16) -> impl Fn(&mut Settings) {
    move |settings| {
        settings.rate_limit = RateLimit::On;
        settings.trusted_proxies = 1;
        settings.views_per_address = NonZeroU16::new(per_address).unwrap();
    }
}

/// Whether a view by somebody new from this address counted, and how many there are.
async fn made_up(site: &Site, article: &Handle, address: &str) -> (bool, i64) {
    let request = site.request(Method::POST, &format!("/api/v1/articles/{}/views", article.id));
    let request = request.header("x-forwarded-for", address).json(&json!({ "visitor": uuid::Uuid::new_v4() }));
    let answer = site.send(request).await;
    let data = answer.is(200).data();
    (data["counted"].as_bool().unwrap(), data["views"].as_i64().unwrap())
}

/// Waits until a half hour by the clock has some seconds to go: what is tested happens within one.
async fn in_the_middle_of_a_half_hour() {
    while (chrono::Utc::now() + chrono::Duration::seconds(20)).timestamp() % 1800 < 22 {
        actix_web::rt::time::sleep(Duration::from_millis(200)).await;
    }
}

#[actix_web::test]
async fn one_network_counts_so_many_visitors_of_an_article_and_no_more() {
    let site = Site::with(limited(60)).await;
    let (article, other) = (site.live(site.article().await).await, site.live(site.article().await).await);
    in_the_middle_of_a_half_hour().await;

    let siege = join_all(
        (0..400).map(async |neighbour| made_up(&site, &article, &format!("198.51.100.{}", neighbour % 256)).await.0),
    );
    let counted = siege.await.into_iter().filter(|counted| *counted).count();

    assert_eq!(counted, 60);
    assert_eq!(made_up(&site, &article, "203.0.113.7").await, (true, 61), "readers elsewhere go on counting");
    assert!(made_up(&site, &other, "198.51.100.1").await.0, "and so do those of other articles");
    for (address, counts) in [("2001:db8:1::1", true), ("2001:db8:1:2::1", true), ("2001:db8:2::1", true)] {
        assert_eq!(made_up(&site, &article, address).await.0, counts);
    }
    // What did not count is not in the log either, but for what was under way when the bound was reached.
    site.views_are_written().await;
    let logged = site.count("view_batches, unnest(articles)");
    let before = logged;
    for _ in 0..50 {
        assert!(!made_up(&site, &article, "198.51.100.9").await.0);
    }
    assert_eq!(site.count("view_batches, unnest(articles)"), before);
    assert_eq!(site.count("view_totals WHERE views = 64"), 1);
}

#[actix_web::test]
async fn two_replicas_agree_on_whom_they_count_though_one_was_told_another_bound() {
    let site = Site::with(limited(10)).await;
    let other = Site::over(site.database(), limited(10)).await;
    let article = site.live(site.article().await).await;
    in_the_middle_of_a_half_hour().await;

    let siege = join_all((0..200).map(async |number| {
        let replica = if number % 2 == 0 { &site } else { &other };
        made_up(replica, &article, "198.51.100.7").await.0
    }));
    let counted = siege.await.into_iter().filter(|counted| *counted).count();
    assert_eq!(counted, 10);

    // One that starts now folds the log anew, with a higher bound for what it appends itself.
    let late = Site::over(site.database(), limited(12)).await;
    let mut views = Vec::new();
    for _ in 0..4 {
        views.push(made_up(&late, &article, "198.51.100.8").await);
    }
    assert_eq!(views, [(true, 11), (true, 12), (false, 12), (false, 12)]);
    site.views_are_written().await;
    actix_web::rt::time::sleep(Duration::from_millis(1500)).await;
    for replica in [&site, &other, &late] {
        let answer = replica.get(&format!("/api/v1/articles/{}/views", article.id)).await;
        assert_eq!(answer.data()["views"], 12);
    }
    assert_eq!(site.count("view_totals WHERE views = 12"), 1);
}

#[actix_web::test]
async fn without_limits_everybody_counts() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;

    let counted = join_all((0..100).map(async |_| made_up(&site, &article, "198.51.100.7").await.0)).await;

    assert!(counted.into_iter().all(|counted| counted));
}

#[actix_web::test]
async fn a_page_that_is_loaded_ahead_has_no_reader() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    for (name, value, counted) in [
        ("sec-purpose", "prefetch", false),
        ("sec-purpose", "prefetch;prerender", false),
        ("Purpose", "Prefetch", false),
        ("sec-purpose", "prefetching", true),
    ] {
        let request = site.request(Method::POST, &format!("/api/v1/articles/{}/views", article.id));
        let answer = site.send(request.header(name, value).json(&json!({ "visitor": value }))).await;
        assert_eq!(answer.is(200).data()["counted"], counted, "{name}: {value}");
    }
}
