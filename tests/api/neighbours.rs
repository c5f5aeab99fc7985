//! What to read next: related articles, and the others of the category.

use serde_json::{Value, json};
use tintuc::newsroom::Transition::Unpublish;

use crate::support::{Approver, Author, Site, an_article, person::Handle};

async fn related(site: &Site, article: &Handle, query: &str) -> Vec<String> {
    site.get(&format!("/api/v1/articles/{}/related{query}", article.slug())).await.is(200).titles()
}

fn titles(cards: &Value) -> Vec<&str> {
    cards.as_array().unwrap().iter().map(|card| card["title"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_editors_choice_comes_first_then_shared_tags_then_the_category() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Ở đây").await, site.category("Nơi khác").await);
    let there = an_article().filed_under(&elsewhere);
    let chosen = site.live(there.clone().titled("Được chọn")).await;
    site.live(an_article().filed_under(&here).titled("Cùng mục")).await;
    site.live(there.clone().titled("Một từ khóa").tagged(["Lúa", "Mưa"])).await;
    site.live(there.clone().titled("Hai từ khóa").tagged(["Lúa", "Bão"])).await;
    site.live(there.clone().titled("Không liên quan").tagged(["Mưa"])).await;
    let english = there.clone().titled("In English").tagged(["Lúa", "Bão"]).with("locale", "en");
    site.live(english).await;
    site.person([Author]).await.creates(there.titled("Bản nháp").tagged(["Lúa", "Bão"])).await;
    let article = an_article().filed_under(&here).tagged(["Bão", "Lúa"]).with("related", json!([chosen.id]));
    let live = site.live(article).await;

    assert_eq!(related(&site, &live, "").await, ["Được chọn", "Hai từ khóa", "Một từ khóa", "Cùng mục"]);
    assert_eq!(related(&site, &live, "?limit=2").await, ["Được chọn", "Hai từ khóa"]);
}

#[actix_web::test]
async fn what_is_withdrawn_is_related_to_nothing() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Lúa"]);
    let (one, two) = (site.live(article.clone().titled("Một")).await, site.live(article.titled("Hai")).await);
    assert_eq!(related(&site, &one, "").await, ["Hai"]);

    site.person([Approver]).await.does(Unpublish, &two).await;

    assert_eq!(related(&site, &one, "").await, [""; 0]);
    site.get(&format!("/api/v1/articles/{}/related", two.id)).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn others_are_the_nearest_in_time_of_the_same_category() {
    let site = Site::start().await;
    let (category, elsewhere) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let below = site.category_below("Nông nghiệp", Some(&category)).await;
    let dated = |title: &str, category: &str, day: u32| {
        let date = format!("2020-01-{day:02}T00:00:00Z");
        an_article().titled(title).filed_under(category).with("published_at", date)
    };
    let mut middle = None;
    for (title, filed, day) in [
        ("Một", &category, 1),
        ("Hai", &category, 2),
        ("Giữa", &category, 3),
        ("Bốn", &below, 4),
        ("Năm", &category, 5),
        ("Sáu", &category, 6),
        ("Khác", &elsewhere, 3),
    ] {
        let live = site.live(dated(title, filed, day)).await;
        middle = if title == "Giữa" { Some(live) } else { middle };
    }
    let others = format!("/api/v1/articles/{}/others", middle.unwrap().id);

    let two = site.get(&format!("{others}?limit=2")).await;
    let all = site.get(&others).await;

    let of = |answer: &crate::support::Answer| ["newer", "older"].map(|side| titles(&answer.data()[side]).join(" "));
    assert_eq!(of(&two), ["Bốn Năm", "Hai Một"]);
    assert_eq!(of(&all), ["Bốn Năm Sáu", "Hai Một"]);
    site.get(&format!("{others}?limit=21")).await.is_problem(400, "bad_request");
}
