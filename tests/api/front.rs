//! The front page: several lists in one answer, each as it would be by itself.

use serde_json::{Value, json};
use tintuc::newsroom::Transition::Unpublish;

use crate::support::{Admin, Answer, Approver, Site, an_article, article::ArticleBuilder, in_minutes, person::Handle};

const FRONT: &str = "/api/v1/front";

/// The titles of cards.
fn titles(cards: &Value) -> Vec<&str> {
    cards.as_array().expect("cards").iter().map(|card| card["title"].as_str().unwrap()).collect()
}

/// The slug of each category on a front page, and the titles in it.
fn sections(front: &Answer) -> Vec<(Option<&str>, Vec<&str>)> {
    let sections = front.is(200).data()["categories"].as_array().unwrap().iter();
    sections.map(|section| (section["category"]["slug"].as_str(), titles(&section["articles"]))).collect()
}

fn article(category: &str, title: &str) -> ArticleBuilder {
    an_article().filed_under(category).titled(title)
}

async fn is_read(site: &Site, article: &Handle, times: usize) {
    for visitor in 0..times {
        let visit = json!({ "visitor": format!("{visitor}") });
        site.post(&format!("/api/v1/articles/{}/views", article.id), &visit).await.is(200);
    }
}

#[actix_web::test]
async fn a_front_page_shows_what_each_of_its_lists_would() {
    let site = Site::start().await;
    let (economy, health) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    let approver = site.person([Approver]).await;
    site.live(article(&economy, "Một")).await;
    let two = site.live(article(&farming, "Hai").tagged(["Lúa"])).await;
    let three = site.live(article(&health, "Ba").with("featured", true)).await;
    let four = site.approved(article(&health, "Bốn")).await;
    approver.publishes_with(&four, json!({ "urgent_until": in_minutes(30) })).await;
    is_read(&site, &two, 2).await;
    is_read(&site, &three, 1).await;
    site.views_are_written().await;

    let front = site.get(&format!("{FRONT}?categories=kinh-te,y-te,nong-nghiep&per_category=2")).await;

    let expected =
        [(Some("kinh-te"), vec!["Hai", "Một"]), (Some("y-te"), vec!["Bốn", "Ba"]), (Some("nong-nghiep"), vec!["Hai"])];
    assert_eq!(sections(&front), expected);
    let shown = front.data();
    assert_eq!([titles(&shown["urgent"]), titles(&shown["featured"])], [["Bốn"], ["Ba"]]);
    assert_eq!(titles(&shown["most_viewed"]), ["Hai", "Ba"]);
    let listed = site.get("/api/v1/articles?category=nong-nghiep").await;
    assert_eq!(shown["categories"][2]["articles"], listed.body["data"]);
    assert_eq!(shown["most_viewed"][0], listed.body["data"][0]);
    assert_eq!(shown["categories"][2]["category"], listed.body["data"][0]["category"]);

    let bare = site.get(FRONT).await;
    assert_eq!((bare.is(200).data()["categories"].clone(), titles(&bare.data()["urgent"])), (json!([]), vec!["Bốn"]));
}

#[actix_web::test]
async fn categories_that_are_not_there_are_empty_and_others_keep_their_places() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    site.category("Y tế").await;
    site.live(article(&category, "Một")).await;
    let ask = async || site.get(&format!("{FRONT}?categories=khong-co,%20kinh-te,,y-te,kinh-te,Kh%C3%B4ng")).await;

    let expected = [
        (None, vec![]),
        (Some("kinh-te"), vec!["Một"]),
        (Some("y-te"), vec![]),
        (Some("kinh-te"), vec!["Một"]),
        (None, vec![]),
    ];
    assert_eq!(sections(&ask().await), expected);

    // Whoever makes it meanwhile finds it there.
    site.category("Không có").await;
    assert_eq!(sections(&ask().await)[0], (Some("khong-co"), vec![]));
}

#[actix_web::test]
async fn a_category_is_found_by_the_slug_that_it_had() {
    let site = Site::start().await;
    let category = site.category("Kinh tế").await;
    site.live(article(&category, "Một")).await;
    let admin = site.person([Admin]).await;
    let ask = async || site.get(&format!("{FRONT}?categories=kinh-te")).await;
    assert_eq!(sections(&ask().await), [(Some("kinh-te"), vec!["Một"])]);

    site.sql("UPDATE categories SET slug = 'kinh-te-xa-hoi' WHERE slug = 'kinh-te'").unwrap();
    site.app.freshness.ask();

    assert_eq!(sections(&ask().await), [(Some("kinh-te-xa-hoi"), vec!["Một"])]);
    admin.get("/categories").await.is(200);
}

#[actix_web::test]
async fn a_front_page_is_outdated_by_what_it_shows_and_by_nothing_else() {
    let site = Site::start().await;
    let (economy, health) = (site.category("Kinh tế").await, site.category("Y tế").await);
    let approver = site.person([Approver]).await;
    let one = site.live(article(&economy, "Một")).await;
    let path = format!("{FRONT}?categories=kinh-te");
    let anew = async || {
        let before = site.app.delivery.statements();
        let front = site.get(&path).await;
        front.is(200);
        (site.app.delivery.statements() > before, front)
    };
    anew().await;
    assert!(!anew().await.0);

    let elsewhere = site.live(article(&health, "Hai")).await;
    assert!(!anew().await.0, "in another category");
    site.live(article(&economy, "Ba")).await;
    let (was_read, front) = anew().await;
    assert_eq!((was_read, sections(&front)[0].1.clone()), (true, vec!["Ba", "Một"]));
    approver.publishes_with(&elsewhere, json!({ "urgent_until": in_minutes(30) })).await;
    let (was_read, front) = anew().await;
    assert_eq!((was_read, titles(&front.data()["urgent"])), (true, vec!["Hai"]));
    approver.does(Unpublish, &one).await;
    assert_eq!(sections(&anew().await.1)[0].1, ["Ba"]);
}

#[actix_web::test]
async fn a_front_page_costs_as_many_statements_whatever_it_shows() {
    let site = Site::start().await;
    let names: Vec<String> = (0..20).map(|number| format!("Mục {number}")).collect();
    let mut slugs = Vec::new();
    for name in &names {
        slugs.push(site.category(name).await);
    }
    site.live(article(&slugs[0], "Một")).await;
    site.get("/api/v1/articles").await.is(200);
    let cost = async |path: &str| {
        let before = site.app.delivery.statements();
        site.get(path).await.is(200);
        site.app.delivery.statements() - before
    };
    let one = cost(&format!("{FRONT}?categories={}", slugs[0])).await;
    let approver = site.person([Approver]).await;
    for number in 0..24 {
        let category = &slugs[number % slugs.len()];
        let next = site.approved(article(category, &format!("Bài {number}")).with("featured", number % 2 == 0)).await;
        let live = approver.publishes_with(&next, json!({ "urgent_until": in_minutes(30) })).await;
        is_read(&site, &live, 1).await;
    }
    site.views_are_written().await;

    let all = cost(&format!("{FRONT}?categories={}&per_category=20", slugs.join(","))).await;

    assert_eq!((one, all), (9, 9), "two of them begin and end the snapshot");
    let front = site.get(&format!("{FRONT}?categories={}&per_category=20", slugs.join(","))).await;
    let lengths = ["urgent", "featured", "most_viewed"].map(|list| titles(&front.data()[list]).len());
    assert_eq!(lengths, [20, 10, 10]);
    assert_eq!(sections(&front).len(), 20);
}

#[actix_web::test]
async fn a_front_page_that_is_asked_for_wrongly_is_refused() {
    let site = Site::start().await;
    let many = ["a"; 21].join(",");
    for (query, error) in [
        (format!("categories={many}"), "/categories too_many"),
        ("per_category=0".to_owned(), "/per_category too_small"),
        ("per_category=21".to_owned(), "/per_category too_large"),
        ("per_category=x".to_owned(), "/per_category wrong_type"),
        (format!("categories={}", "a".repeat(2501)), "/categories too_long"),
    ] {
        let refusal = site.get(&format!("{FRONT}?{query}")).await;
        assert_eq!(refusal.is_problem(400, "bad_request").errors(), [error], "{query}");
    }
    site.get(&format!("{FRONT}?category=a")).await.is_problem(400, "unknown_parameter");
    site.get(&format!("{FRONT}?categories=%00")).await.is_problem(400, "bad_request");
}
