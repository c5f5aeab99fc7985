//! Titles and tags as one types.

use serde_json::{Value, json};

use crate::support::{Site, an_article};

/// What is suggested, as `kind text`.
async fn suggested(site: &Site, query: &str) -> Vec<String> {
    let answer = site.get(&format!("/api/v1/suggest?{query}")).await;
    let line = |row: &Value| format!("{} {}", row["kind"].as_str().unwrap(), row["text"].as_str().unwrap());
    answer.is(200).rows().iter().map(line).collect()
}

#[actix_web::test]
async fn an_unfinished_word_is_finished_in_titles_and_tags() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let article = |title| an_article().titled(title).filed_under(&category);
    let first = site.live(article("Phong trào Dân vận khéo").tagged(["Dân vận khéo"])).await;
    site.live(article("Đường sắt đô thị").tagged(["Giao thông"])).await;

    let expected = ["tag Dân vận khéo", "article Phong trào Dân vận khéo"];
    for typed in ["dan v", "Dân v", "dân vận khéo", "van kh", "kheo d"] {
        assert_eq!(suggested(&site, &format!("q={typed}")).await, expected, "{typed}");
    }
    assert_eq!(suggested(&site, "q=đư").await, ["article Đường sắt đô thị"]);
    assert_eq!(suggested(&site, "q=giao").await, ["tag Giao thông"]);
    assert_eq!(suggested(&site, "q=an").await, [""; 0], "the beginning of a word, not its end");
    let answer = site.get("/api/v1/suggest?q=phong").await;
    let expected = json!({
        "kind": "article", "id": first.id, "slug": "phong-trao-dan-van-kheo", "text": "Phong trào Dân vận khéo",
    });
    assert_eq!(answer.data()[0], expected);
}

#[actix_web::test]
async fn the_tags_of_most_articles_and_the_newest_titles_come_first() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let article = |title| an_article().titled(title).filed_under(&category);
    site.live(article("Thi đua 1").tagged(["Thi công"])).await;
    site.live(article("Thi đua 2").tagged(["Thi đua"])).await;
    site.live(article("Thì giờ 3").tagged(["Thi đua"])).await;

    let all = ["tag Thi đua", "tag Thi công", "article Thì giờ 3", "article Thi đua 2", "article Thi đua 1"];
    assert_eq!(suggested(&site, "q=thi").await, all);
    assert_eq!(suggested(&site, "q=thì").await[2..], all[2..]);
    assert_eq!(suggested(&site, "q=thi+đua").await, ["tag Thi đua", "article Thi đua 2", "article Thi đua 1"]);
    assert_eq!(suggested(&site, "q=thi&limit=2").await, ["tag Thi đua", "article Thì giờ 3"]);
    assert_eq!(suggested(&site, "q=thi&limit=1").await, ["tag Thi đua"]);
}

#[actix_web::test]
async fn nothing_typed_suggests_nothing() {
    let site = Site::start().await;
    site.live(site.article().await.tagged(["Thi đua"])).await;

    for typed in ["", "%20", "%22", "'", ":*", "!(", "%F0%9F%91%8D"] {
        assert_eq!(suggested(&site, &format!("q={typed}")).await, [""; 0], "{typed}");
    }
    for (query, code) in [
        ("", "bad_request"),
        ("q=a&limit=0", "bad_request"),
        ("q=a&limit=21", "bad_request"),
        ("q=%00", "bad_request"),
        ("q=a&kind=tag", "unknown_parameter"),
    ] {
        site.get(&format!("/api/v1/suggest?{query}")).await.is_problem(400, code);
    }
}
