//! Views by day, over midnight, and who is read most.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, TimeZone, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::views::retention;
use uuid::Uuid;

use crate::support::{Accountant, Approver, Author, Site, person::Handle};

/// Việt Nam's day now, by the machine's clock.
fn today() -> NaiveDate {
    (Utc::now() + Duration::hours(7)).date_naive()
}

/// Sets the site's clock to this time of a day in Việt Nam, and lets the service notice.
async fn it_is(site: &Site, day: NaiveDate, time: &str) {
    let time = day.and_time(time.parse().unwrap());
    let moment: DateTime<FixedOffset> = FixedOffset::east_opt(7 * 3600).unwrap().from_local_datetime(&time).unwrap();
    site.time_passes(moment.to_utc() - Utc::now());
    actix_web::rt::time::sleep(std::time::Duration::from_millis(800)).await;
}

/// Views by readers of these names; answers how many were counted.
async fn viewed(site: &Site, article: &Handle, visitors: &[&str]) -> usize {
    let mut counted = 0;
    for visitor in visitors {
        let path = format!("/api/v1/articles/{}/views", article.id);
        let answer = site.post(&path, &json!({ "visitor": visitor })).await;
        counted += usize::from(answer.is(200).data()["counted"] == true);
    }
    counted
}

/// Days with views, as `day: views`.
fn days_with_views(answer: &Value) -> Vec<String> {
    let days = answer["days"].as_array().unwrap().iter().filter(|day| day["views"] != 0);
    days.map(|day| format!("{}: {}", day["day"].as_str().unwrap(), day["views"])).collect()
}

#[actix_web::test]
async fn a_visit_over_midnight_is_one_and_counts_for_the_day_it_began() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let (evening, morning) = (today() + Duration::days(1), today() + Duration::days(2));
    it_is(&site, evening, "23:50:00").await;
    assert_eq!(viewed(&site, &article, &["một", "hai"]).await, 2);

    it_is(&site, morning, "00:10:00").await;
    // The key is another one now, and the visitors are still known.
    assert_eq!(viewed(&site, &article, &["một", "hai", "ba"]).await, 1);
    it_is(&site, morning, "00:21:00").await;
    assert_eq!(viewed(&site, &article, &["một", "ba"]).await, 1);
    it_is(&site, morning, "00:45:00").await;
    assert_eq!(viewed(&site, &article, &["một", "ba"]).await, 1);

    site.views_are_written().await;
    let approver = site.person([Approver]).await;
    let answer = approver.get(&format!("/articles/{}/views", article.id)).await;
    let data = answer.is(200).data();
    assert_eq!(days_with_views(data), [format!("{evening}: 2"), format!("{morning}: 3")]);
    assert_eq!((&data["views"], &data["total"]), (&json!(5), &json!(5)));
    assert_eq!(data["days"].as_array().unwrap().len(), 30);
    assert_eq!(data["days"][29]["day"], json!(morning));
}

#[actix_web::test]
async fn digests_of_one_visitor_on_two_days_have_nothing_in_common() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    for day in 1..=3 {
        it_is(&site, today() + Duration::days(day), "12:00:00").await;
        assert_eq!(viewed(&site, &article, &["một"]).await, 1);
    }
    assert_eq!(site.count("(SELECT DISTINCT unnest(visitors) FROM view_batches) digests"), 3);
}

#[actix_web::test]
async fn days_are_asked_for_by_those_who_may_read_the_article() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let path = format!("/articles/{}/views", article.id);
    let accountant = site.person([Accountant]).await;

    let answer = accountant.get(&format!("{path}?from=2026-01-30&to=2026-02-02")).await;
    let days: Vec<_> = answer.is(200).data()["days"].as_array().unwrap().iter().map(|day| &day["day"]).collect();
    assert_eq!(days, ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]);
    assert_eq!(accountant.get(&format!("{path}?from=2024-01-01&to=2024-12-31")).await.is(200).data()["views"], 0);

    for (query, error) in [
        ("from=2023-12-31&to=2024-12-31", "/from too_long"),
        ("from=2026-02-02&to=2026-02-01", "/from after_to"),
        ("from=2021-02-29", "/from invalid_format"),
        ("to=hôm nay", "/to invalid_format"),
    ] {
        let refusal = accountant.get(&format!("{path}?{query}")).await;
        assert_eq!(refusal.is_problem(400, "bad_request").errors(), [error], "{query}");
    }
    site.person([Author]).await.get(&path).await.is_problem(404, "not_found");
    accountant.get(&format!("/articles/{}/views", Uuid::now_v7())).await.is_problem(404, "not_found");
    site.get(&format!("/api/v1/manage{path}")).await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn counts_of_several_articles_come_in_the_order_asked() {
    let site = Site::start().await;
    let (one, two) = (site.live(site.article().await).await, site.live(site.article().await).await);
    let draft = site.person([Author]).await.creates(site.article().await).await;
    viewed(&site, &two, &["một", "hai"]).await;

    let ids = [&two.id, &draft.id, &Uuid::now_v7().to_string(), &one.id, &two.id].map(String::as_str).join(",");
    let answer = site.get(&format!("/api/v1/views?ids={ids}")).await;

    let expected = json!([{ "article_id": two.id, "views": 2 }, { "article_id": one.id, "views": 0 }]);
    assert_eq!((answer.is(200).data(), answer.header("cache-control").as_str()), (&expected, "no-store"));
}

#[actix_web::test]
async fn too_many_ids_and_what_is_none_are_refused() {
    let site = Site::start().await;
    let ids = |count: u128| (1..=count).map(|id| Uuid::from_u128(id).to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(site.get(&format!("/api/v1/views?ids={}", ids(100))).await.is(200).data(), &json!([]));
    for (query, error) in [
        (format!("?ids={}", ids(101)), "/ids too_many"),
        ("?ids=mot".to_owned(), "/ids invalid_format"),
        ("?ids=".to_owned(), "/ids too_short"),
        (String::new(), "/ids required"),
    ] {
        let refusal = site.get(&format!("/api/v1/views{query}")).await;
        assert_eq!(refusal.is_problem(400, "bad_request").errors(), [error], "{query}");
    }
}

/// The list as `title views`.
async fn most_viewed(site: &Site, query: &str) -> Vec<String> {
    let answer = site.get(&format!("/api/v1/most-viewed{query}")).await;
    answer.is(200).rows().iter().map(|row| format!("{} {}", row["title"].as_str().unwrap(), row["views"])).collect()
}

#[actix_web::test]
async fn the_most_viewed_are_those_of_the_days_asked_for() {
    let site = Site::start().await;
    let (parent, other) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let child = site.category_below("Nông nghiệp", Some(&parent)).await;
    let filed = |title: &'static str, category: &str| crate::support::an_article().titled(title).filed_under(category);
    let old = site.live(filed("Cũ", &parent)).await;
    let month = site.live(filed("Tháng", &child)).await;
    let new = site.live(filed("Mới", &other)).await;
    site.live(filed("Chưa ai đọc", &other)).await;
    let today = today() + Duration::days(100);
    it_is(&site, today - Duration::days(30), "12:00:00").await;
    viewed(&site, &old, &["1", "2", "3", "4"]).await;
    it_is(&site, today - Duration::days(29), "00:00:10").await;
    viewed(&site, &month, &["1", "2", "3"]).await;
    it_is(&site, today - Duration::days(6), "00:00:10").await;
    viewed(&site, &old, &["1"]).await;
    it_is(&site, today, "00:00:10").await;
    viewed(&site, &new, &["1", "2"]).await;
    site.views_are_written().await;

    assert_eq!(most_viewed(&site, "?period=1d").await, ["Mới 2"]);
    assert_eq!(most_viewed(&site, "").await, ["Mới 2", "Cũ 1"]);
    assert_eq!(most_viewed(&site, "?period=30d").await, ["Tháng 3", "Mới 2", "Cũ 1"]);
    assert_eq!(most_viewed(&site, "?period=all").await, ["Cũ 5", "Tháng 3", "Mới 2"]);
    assert_eq!(most_viewed(&site, "?period=all&limit=1").await, ["Cũ 5"]);
    for period in ["30d", "all"] {
        let below = most_viewed(&site, &format!("?period={period}&category={parent}")).await;
        assert_eq!(
            below.iter().map(|row| row.split(' ').next().unwrap()).collect::<std::collections::BTreeSet<_>>(),
            ["Cũ", "Tháng"].into(),
            "{period}"
        );
    }
    assert!(most_viewed(&site, "?category=khong-co").await.is_empty());
    let answer = site.get("/api/v1/most-viewed?period=30d").await;
    assert_eq!(answer.body["meta"], json!({ "period": "30d" }));
    let again = site.request(Method::GET, "/api/v1/most-viewed?period=30d");
    site.send(again.header("If-None-Match", answer.header("etag"))).await.is(304);

    let approver = site.person([Approver]).await;
    approver.does(tintuc::newsroom::Transition::Unpublish, &new).await;
    assert_eq!(most_viewed(&site, "").await, ["Cũ 1"]);
    for query in ["?period=2d", "?limit=51", "?limit=0"] {
        site.get(&format!("/api/v1/most-viewed{query}")).await.is_problem(400, "bad_request");
    }
}

#[actix_web::test]
async fn lists_cost_as_many_statements_for_many_articles_as_for_one() {
    let site = Site::start().await;
    let article = site.article().await;
    let mut live = vec![site.live(article.clone()).await];
    // What things are called is known from then on.
    site.get("/api/v1/articles").await.is(200);
    let cost = async |live: &[Handle]| {
        for article in live {
            viewed(&site, article, &["một", "hai"]).await;
        }
        site.views_are_written().await;
        let ids = live.iter().map(|article| article.id.as_str()).collect::<Vec<_>>().join(",");
        let mut costs = Vec::new();
        // What was answered before may be sent on for some seconds: each time it is another list.
        let most_viewed = format!("/api/v1/most-viewed?limit={}&period=all", 40 - live.len());
        for path in [format!("/api/v1/views?ids={ids}"), most_viewed] {
            let before = site.app.delivery.statements();
            assert_eq!(site.get(&path).await.is(200).rows().len(), live.len());
            costs.push(site.app.delivery.statements() - before);
        }
        costs
    };
    let one = cost(&live).await;
    for _ in 0..9 {
        live.push(site.live(article.clone()).await);
    }

    assert_eq!(cost(&live).await, one);
}

#[actix_web::test]
async fn a_view_costs_no_statement_of_the_pools() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    viewed(&site, &article, &["một"]).await;
    let spent = || (site.app.delivery.statements(), site.count("view_batches"));

    let (before, batches) = spent();
    viewed(&site, &article, &["hai", "ba", "hai"]).await;

    assert_eq!(spent(), (before, batches + 2), "who is known is not written again");
}

#[actix_web::test]
async fn the_log_is_kept_until_it_is_in_the_totals_and_days_for_two_years() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    viewed(&site, &article, &["một"]).await;
    site.views_are_written().await;
    site.sql(&format!(
        "INSERT INTO view_days VALUES ('{id}', current_date - 700, 3), ('{id}', current_date - 800, 4);
         INSERT INTO view_batches (id, counted_at, articles, visitors)
         VALUES (gen_random_uuid(), delivery.clock(), '{{{id}}}', '{{1}}')",
        id = article.id
    ))
    .unwrap();
    let written = "view_batches WHERE number <= (SELECT folded FROM view_mark)";
    site.views_are_written().await;
    site.sql("UPDATE view_mark SET folded = (SELECT min(number) FROM view_batches)").unwrap();
    assert_eq!(site.count(written), 1);
    site.time_passes(Duration::hours(3));

    site.transaction(retention::forget_old);

    assert_eq!((site.count(written), site.count("view_batches")), (0, 1));
    assert_eq!(site.count("view_days WHERE views = 4"), 0);
    assert_eq!(site.count("view_days WHERE views = 3"), 1);
}
