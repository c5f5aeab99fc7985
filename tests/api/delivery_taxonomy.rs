//! What public articles are filed under, with how many there are of each.

use serde_json::{Value, json};
use tintuc::newsroom::Transition::Unpublish;

use crate::{
    cache::until,
    support::{Approver, Author, Site, an_article},
};

/// Rows of a list without their ids.
fn without_ids(rows: &Value) -> Value {
    let mut rows = rows.clone();
    for row in rows.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("id");
        if let Some(children) = row.get("children") {
            row["children"] = without_ids(children);
        }
    }
    rows
}

#[actix_web::test]
async fn the_tree_of_categories_counts_what_is_public_in_each_and_below() {
    let site = Site::start().await;
    let economy = site.category("Kinh tế").await;
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    site.category("Đầu tư").await;
    site.live(an_article().filed_under(&economy)).await;
    let live = site.live(an_article().filed_under(&farming)).await;
    site.person([Author]).await.creates(an_article().filed_under(&farming)).await;
    let tree = async || without_ids(site.get("/api/v1/categories").await.is(200).data());
    let expected = |above: i64, below: i64| {
        json!([
            { "slug": "dau-tu", "name": "Đầu tư", "parent": null, "article_count": 0, "children": [] },
            { "slug": "kinh-te", "name": "Kinh tế", "parent": null, "article_count": above, "children": [
                { "slug": "nong-nghiep", "name": "Nông nghiệp", "parent": "kinh-te", "article_count": below, "children": [] },
            ] },
        ])
    };
    assert_eq!(tree().await, expected(2, 1));

    site.person([Approver]).await.does(Unpublish, &live).await;

    // Numbers may be some seconds behind.
    until(async || tree().await == expected(1, 0)).await;
}

#[actix_web::test]
async fn articles_move_with_their_category() {
    let site = Site::start().await;
    let (economy, society) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    site.live(an_article().titled("Lúa").filed_under(&farming)).await;
    assert_eq!(site.public_titles("?category=kinh-te").await, ["Lúa"]);

    site.sql(&format!(
        "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = '{society}') WHERE slug = '{farming}'"
    ))
    .unwrap();

    for (category, titles) in [("kinh-te", vec![]), ("xa-hoi", vec!["Lúa"]), ("nong-nghiep", vec!["Lúa"])] {
        assert_eq!(site.public_titles(&format!("?category={category}")).await, titles, "{category}");
    }
}

#[actix_web::test]
async fn every_type_is_listed_with_its_number() {
    let site = Site::start().await;
    site.live(site.article().await.with("article_type", "video")).await;

    let types = site.get("/api/v1/article-types").await;

    let of = |code: &str, name: &str, count: i64| json!({ "code": code, "name": name, "article_count": count });
    let expected = [
        of("photo_story", "Phóng sự ảnh", 0),
        of("announcement", "Thông báo", 0),
        of("news", "Tin tức", 0),
        of("document", "Văn bản", 0),
        of("video", "Video", 1),
    ];
    assert_eq!(types.is(200).data(), &json!(expected));
}

#[actix_web::test]
async fn tags_are_those_of_public_articles_in_vietnamese_order() {
    let site = Site::start().await;
    let article = site.article().await;
    site.live(article.clone().tagged(["Đê điều", "Bão", "Dân vận"])).await;
    site.live(article.clone().tagged(["Bão", "Ổn định", "Ong"])).await;
    site.person([Author]).await.creates(article.tagged(["Bí mật"])).await;

    let tags = site.get("/api/v1/tags").await;
    let of = |row: &Value| format!("{} {}", row["name"].as_str().unwrap(), row["article_count"]);

    assert_eq!(
        tags.rows().iter().map(of).collect::<Vec<_>>(),
        ["Bão 2", "Dân vận 1", "Đê điều 1", "Ong 1", "Ổn định 1"]
    );
    assert_eq!(tags.rows()[2], json!({ "slug": "de-dieu", "name": "Đê điều", "article_count": 1 }));
    let mut pages = Vec::new();
    let mut next = Some("/api/v1/tags?limit=2".to_owned());
    while let Some(path) = next {
        let page = site.get(&path).await;
        pages.push(page.rows().iter().map(of).collect::<Vec<_>>());
        next = page.next().map(str::to_owned);
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), tags.rows().iter().map(of).collect::<Vec<_>>());
}

#[actix_web::test]
async fn authors_are_those_of_public_articles() {
    let site = Site::start().await;
    let signed = |name: &str| json!({ "name": name });
    let article = site.article().await;
    for name in ["Văn phòng UBND tỉnh", "Đài Phát thanh", "Sở Y tế", "Sở Y tế"] {
        site.live(article.clone().with("author", signed(name))).await;
    }
    site.person([Author]).await.creates(article.with("author", signed("Thanh tra tỉnh"))).await;

    let authors = site.get("/api/v1/authors").await;

    let expected = json!([
        { "name": "Đài Phát thanh", "article_count": 1 },
        { "name": "Sở Y tế", "article_count": 2 },
        { "name": "Văn phòng UBND tỉnh", "article_count": 1 },
    ]);
    assert_eq!(without_ids(authors.data()), expected);
    let health = authors.rows()[1]["id"].as_str().unwrap();
    let listed = site.get(&format!("/api/v1/articles?count=exact&author={health}")).await;
    assert_eq!(listed.body["meta"]["count"], 2);
    assert_eq!(site.pages("/api/v1/authors?limit=1").await.len(), 3);
}

#[actix_web::test]
async fn the_archive_counts_by_the_months_of_vietnam() {
    let site = Site::start().await;
    let (economy, society) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    for (date, category) in [
        ("2019-12-31T16:59:59Z", &economy),
        // In Vietnam the new year has begun.
        ("2019-12-31T17:00:00Z", &economy),
        ("2020-01-05T00:00:00Z", &society),
        ("2020-04-07T10:00:00Z", &economy),
    ] {
        site.live(an_article().filed_under(category).with("published_at", date)).await;
    }
    let month = |month: u32, from: &str, until: &str, count: u32| {
        let from = format!("{from}T17:00:00Z");
        json!({ "month": month, "from": from, "until": format!("{until}T17:00:00Z"), "article_count": count })
    };

    let archive = site.get("/api/v1/archive").await;

    let expected = json!([
        { "year": 2020, "article_count": 3, "months": [
            month(4, "2020-03-31", "2020-04-30", 1), month(1, "2019-12-31", "2020-01-31", 2),
        ] },
        { "year": 2019, "article_count": 1, "months": [month(12, "2019-11-30", "2019-12-31", 1)] },
    ]);
    assert_eq!(archive.is(200).data(), &expected);
    let january = &archive.data()[0]["months"][1];
    let range = ["from", "until"].map(|end| january[end].as_str().unwrap());
    let listed = format!("?published_after={}&published_before={}&count=exact", range[0], range[1]);
    assert_eq!(site.get(&format!("/api/v1/articles{listed}")).await.body["meta"]["count"], 2);
    let of_society = site.get("/api/v1/archive?category=xa-hoi").await;
    assert_eq!((&of_society.data()[0]["article_count"], of_society.rows().len()), (&json!(1), 1));
    assert_eq!(site.get("/api/v1/archive?category=khong-co").await.data(), &json!([]));
}
