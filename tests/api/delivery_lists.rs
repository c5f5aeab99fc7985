//! The public list: newest first, page by page, narrowed to what a reader wants.

use serde_json::json;

use crate::support::{Author, Site, an_article};

#[actix_web::test]
async fn a_card_is_the_article_without_its_long_parts() {
    let site = Site::start().await;
    let live = site.live(site.article().await.tagged(["Thi đua"])).await;
    let mut article = site.public(&live).await.data().clone();
    for part in ["body", "related", "audio", "attachments", "translations"] {
        article.as_object_mut().unwrap().remove(part).expect("a part");
    }

    assert_eq!(site.get("/api/v1/articles").await.rows(), &[article]);
}

#[actix_web::test]
async fn pages_follow_each_other_without_gap_or_repeat_even_among_equals() {
    let site = Site::start().await;
    let article = site.article().await;
    for (title, year) in [("Một", 2019), ("Hai", 2020), ("Ba", 2020), ("Bốn", 2020), ("Năm", 2021)] {
        site.live(article.clone().titled(title).with("published_at", format!("{year}-01-01T00:00:00Z"))).await;
    }

    for limit in [1, 2, 5] {
        let pages = site.pages(&format!("/api/v1/articles?limit={limit}")).await;

        assert!(pages.iter().all(|page| page.len() <= limit));
        assert_eq!(pages.concat(), ["Năm", "Bốn", "Ba", "Hai", "Một"]);
    }
}

#[actix_web::test]
async fn an_article_that_appears_meanwhile_repeats_nothing_on_the_next_page() {
    let site = Site::start().await;
    let article = site.article().await;
    for title in ["Một", "Hai", "Ba"] {
        site.live(article.clone().titled(title)).await;
    }
    let first = site.get("/api/v1/articles?limit=2").await;
    site.live(article.titled("Bốn")).await;

    let second = site.get(first.next().unwrap()).await;

    assert_eq!((first.titles(), second.titles()), (vec!["Ba".to_owned(), "Hai".into()], vec!["Một".to_owned()]));
}

#[actix_web::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let site = Site::start().await;
    let article = site.article().await;
    site.live(article.clone()).await;
    site.live(article).await;
    let page = site.get("/api/v1/articles?limit=1").await;
    let cursor = page.next().unwrap().split_once("cursor=").unwrap().1;

    for query in [format!("category=thong-bao&cursor={cursor}"), format!("tag=a&cursor={cursor}"), "cursor=AAAA".into()]
    {
        site.get(&format!("/api/v1/articles?{query}")).await.is_problem(400, "invalid_cursor");
    }
}

#[actix_web::test]
async fn a_category_holds_what_is_filed_below_it() {
    let site = Site::start().await;
    let economy = site.category("Kinh tế").await;
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    let rice = site.category_below("Lúa gạo", Some(&farming)).await;
    let society = site.category("Xã hội").await;
    for category in [&economy, &rice, &society] {
        site.live(an_article().titled(category).filed_under(category)).await;
    }

    for (category, titles) in [
        ("kinh-te", vec!["lua-gao", "kinh-te"]),
        ("nong-nghiep", vec!["lua-gao"]),
        ("xa-hoi", vec!["xa-hoi"]),
        ("khong-co", vec![]),
    ] {
        let answer = site.get(&format!("/api/v1/articles?count=exact&category={category}")).await;
        assert_eq!((answer.titles(), &answer.body["meta"]["count"]), (to_owned(&titles), &json!(titles.len())));
    }
}

#[actix_web::test]
async fn tags_narrow_to_articles_with_any_of_them() {
    let site = Site::start().await;
    let article = site.article().await;
    site.live(article.clone().titled("Một").tagged(["Thi đua"])).await;
    site.live(article.clone().titled("Hai").tagged(["Dân vận khéo", "Thi đua"])).await;
    site.live(article.clone().titled("Ba")).await;
    let draft = article.titled("Bốn").tagged(["Thi đua", "Chưa đăng"]);
    site.person([Author]).await.creates(draft).await;

    for (tag, titles) in [
        ("thi-dua", vec!["Hai", "Một"]),
        ("dan-van-kheo", vec!["Hai"]),
        ("dan-van-kheo,thi-dua", vec!["Hai", "Một"]),
        ("dan-van-kheo,khong-co", vec!["Hai"]),
        ("chua-dang", vec![]),
        ("khong-co", vec![]),
    ] {
        let answer = site.get(&format!("/api/v1/articles?count=exact&tag={tag}")).await;
        assert_eq!(
            (answer.titles(), &answer.body["meta"]["count"]),
            (to_owned(&titles), &json!(titles.len())),
            "{tag}"
        );
    }
}

#[actix_web::test]
async fn filters_hold_together() {
    let site = Site::start().await;
    let (economy, society) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    site.live(an_article().titled("Một").filed_under(&economy).tagged(["Thi đua"])).await;
    site.live(an_article().titled("Hai").filed_under(&society).tagged(["Thi đua"])).await;

    assert_eq!(site.public_titles("?tag=thi-dua&category=kinh-te").await, ["Một"]);
}

#[actix_web::test]
async fn a_count_is_made_on_request_only() {
    let site = Site::start().await;
    let article = site.article().await;
    for _ in 0..3 {
        site.live(article.clone()).await;
    }

    let without = site.get("/api/v1/articles?limit=2").await;
    let with = site.get("/api/v1/articles?limit=2&count=exact").await;

    assert_eq!(
        (&without.body["meta"], &with.body["meta"]),
        (&json!({ "limit": 2 }), &json!({ "limit": 2, "count": 3 }))
    );
    site.get("/api/v1/articles?count=roughly").await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn a_list_refuses_what_it_does_not_know() {
    let site = Site::start().await;
    for (query, code) in [
        ("state=draft", "unknown_parameter"),
        ("approval=draft", "unknown_parameter"),
        ("limit=0", "bad_request"),
        ("limit=101", "bad_request"),
        ("limit=many", "bad_request"),
        ("limit=1&limit=2", "bad_request"),
        ("category=%00", "bad_request"),
        ("category=%ff", "bad_request"),
    ] {
        site.get(&format!("/api/v1/articles?{query}")).await.is_problem(400, code);
    }
}

fn to_owned(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}
