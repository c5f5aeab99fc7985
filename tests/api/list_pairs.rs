//! Public lists by several conditions: they hold together in each order, and the one of fewest articles is walked.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};

use crate::support::{Site, an_article, postgres::Own};

const ARTICLES: &str = "/api/v1/articles";

/// Each condition, and whether a card meets it.
type Conditions = BTreeMap<&'static str, fn(&Value) -> bool>;

fn conditions() -> Conditions {
    BTreeMap::from([
        ("category=kinh-te", (|card| card["category"]["slug"] != "y-te") as fn(&Value) -> bool),
        ("category=lua-gao", |card| card["category"]["slug"] == "lua-gao"),
        ("tag=bao", |card| card["tags"].as_array().unwrap().contains(&json!("Bão"))),
        ("tag=bao,lu", |card| card["tags"].as_array().unwrap().iter().any(|tag| tag == "Bão" || tag == "Lũ")),
        ("article_type=news", |card| card["article_type"]["code"] == "news"),
        ("locale=en", |card| card["locale"] == "en"),
        ("featured=true", |card| card["featured"] == true),
        ("featured=false", |card| card["featured"] == false),
        ("published_after=2021-01-01T00:00:00Z", |card| card["published_at"].as_str().unwrap() >= "2021-01-01"),
    ])
}

async fn an_archive(site: &Site) {
    let above = site.category("Kinh tế").await;
    let categories = [site.category_below("Lúa gạo", Some(&above)).await, above, site.category("Y tế").await];
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
    for number in 0..30 {
        let tags: Vec<&str> = ["Bão", "Lũ", "Nắng"].into_iter().filter(|_| dice.random_bool(0.4)).collect();
        let year = dice.random_range(2019..2024);
        let author = ["Sở Y tế", "Sở Công Thương"][dice.random_range(0..2)];
        let article = an_article()
            .titled(&format!("Tin {number}"))
            .filed_under(&categories[dice.random_range(0..3)])
            .with("tags", json!(tags))
            .with("article_type", ["news", "announcement"][dice.random_range(0..2)])
            .with("locale", ["vi", "en"][dice.random_range(0..2)])
            .with("featured", dice.random_bool(0.5))
            .with("author", json!({ "name": author }))
            .with("published_at", format!("{year}-05-01T00:00:00Z"));
        site.live(article).await;
    }
}

fn ids<'a>(cards: impl IntoIterator<Item = &'a Value>) -> Vec<Value> {
    cards.into_iter().map(|card| card["id"].clone()).collect()
}

#[actix_web::test]
async fn any_two_conditions_hold_together_in_each_order() {
    let site = Site::start().await;
    an_archive(&site).await;
    let author = site.get(ARTICLES).await.rows()[0]["author"]["id"].as_str().unwrap().to_owned();
    let by_author = format!("author={author}");
    for sort in ["-published_at", "published_at", "-last_published_at"] {
        let all = site.get(&format!("{ARTICLES}?limit=100&sort={sort}")).await.rows().clone();
        for (one, is_one) in conditions() {
            for (other, is_other) in conditions() {
                if one.split('=').next() == other.split('=').next() {
                    continue;
                }
                let list = format!("{ARTICLES}?limit=100&count=exact&sort={sort}&{one}&{other}");
                let answer = site.get(&list).await;
                let expected = ids(all.iter().filter(|card| is_one(card) && is_other(card)));
                assert_eq!(ids(answer.is(200).rows()), expected, "{list}");
                assert_eq!(answer.body["meta"]["count"], expected.len(), "{list}");
            }
            let list = format!("{ARTICLES}?limit=100&sort={sort}&{one}&{by_author}");
            let expected = ids(all.iter().filter(|card| is_one(card) && card["author"]["id"] == author.as_str()));
            assert_eq!(ids(site.get(&list).await.is(200).rows()), expected, "{list}");
        }
    }
}

#[actix_web::test]
async fn a_list_by_two_conditions_walks_the_one_of_fewest_articles() {
    let server = Own::with([("log_min_duration_statement", "0")]);
    tintuc::db::migrations::run(&server.url()).unwrap();
    let site = Site::over(&server.url(), |_| ()).await;
    let (rare, common) = (site.category("Hiếm").await, site.category("Nhiều").await);
    for category in [&rare, &common, &common, &common] {
        site.live(an_article().filed_under(category).tagged(["Thường"])).await;
    }
    site.live(an_article().filed_under(&common).tagged(["Thường", "Lạ"]).with("article_type", "video")).await;

    for (conditions, walked) in [
        ("category=hiem&tag=thuong", "FROM delivery.shown_by_category a"),
        ("category=nhieu&tag=la", "FROM delivery.shown_by_tag a"),
        ("category=nhieu&article_type=video", "a.article_type = $"),
        ("category=hiem&article_type=announcement", "a.article_type IS NOT DISTINCT FROM $"),
        ("tag=thuong,la", "CROSS JOIN LATERAL (SELECT * FROM (SELECT a.publication_id"),
        ("tag=thuong,la&article_type=video", "t.tag_id = ANY($"),
        ("category=hiem&sort=-last_published_at", "OFFSET 0) a ORDER BY a.last_published_at"),
        ("sort=-last_published_at", "ORDER BY a.last_published_at DESC, a.article_id DESC LIMIT 101"),
    ] {
        let before = server.log().len();
        assert!(!site.get(&format!("{ARTICLES}?{conditions}")).await.is(200).rows().is_empty(), "{conditions}");

        let log = server.log();
        assert!(log[before..].contains(walked), "{conditions}: {}", &log[before..]);
    }
}
