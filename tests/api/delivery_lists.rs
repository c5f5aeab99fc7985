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

#[actix_web::test]
async fn a_list_is_narrowed_by_type_author_date_language_and_what_is_featured() {
    let site = Site::start().await;
    let article = site.article().await;
    let dated = |title: &str, date: &str| article.clone().titled(title).with("published_at", date);
    let signed = dated("Một", "2020-01-01T00:00:00Z").with("author", json!({ "name": "Sở Y tế" }));
    let one = site.live(signed.with("featured", true)).await;
    site.live(dated("Hai", "2020-02-01T00:00:00Z").with("article_type", "document")).await;
    site.live(dated("Ba", "2020-03-01T00:00:00Z").with("locale", "en")).await;
    let author = one.field("author")["id"].as_str().unwrap().to_owned();

    for (query, titles) in [
        ("featured=true", vec!["Một"]),
        ("featured=false", vec!["Ba", "Hai"]),
        ("article_type=document", vec!["Hai"]),
        ("article_type=khong_co", vec![]),
        (&format!("author={author}"), vec!["Một"]),
        ("author=01a20ceb-fba3-760a-a3f8-c8f5729ac60f", vec![]),
        ("locale=en", vec!["Ba"]),
        ("locale=vi", vec!["Hai", "Một"]),
        ("published_after=2020-02-01T00:00:00Z", vec!["Ba", "Hai"]),
        ("published_after=2020-02-01T07:00:01%2B07:00", vec!["Ba"]),
        ("published_before=2020-02-01T00:00:00Z", vec!["Một"]),
        ("published_after=2020-01-15T00:00:00Z&published_before=2020-02-15T00:00:00Z&locale=vi", vec!["Hai"]),
        ("category=thong-bao&featured=true&article_type=announcement", vec!["Một"]),
    ] {
        let answer = site.get(&format!("/api/v1/articles?count=exact&{query}")).await;
        let count = json!(titles.len());
        assert_eq!((answer.titles(), &answer.body["meta"]["count"]), (to_owned(&titles), &count), "{query}");
    }
}

#[actix_web::test]
async fn a_list_is_in_the_order_that_is_asked_for_and_so_are_its_pages() {
    let site = Site::start().await;
    let article = site.article().await;
    for (title, year) in [("Một", 2019), ("Hai", 2021), ("Ba", 2020), ("Bốn", 2020)] {
        site.live(article.clone().titled(title).with("published_at", format!("{year}-01-01T00:00:00Z"))).await;
    }

    for (sort, titles) in [
        ("", ["Hai", "Bốn", "Ba", "Một"]),
        ("&sort=-published_at", ["Hai", "Bốn", "Ba", "Một"]),
        ("&sort=published_at", ["Một", "Ba", "Bốn", "Hai"]),
        ("&sort=-last_published_at", ["Bốn", "Ba", "Hai", "Một"]),
    ] {
        for filter in ["", "&category=thong-bao"] {
            let pages = site.pages(&format!("/api/v1/articles?limit=1{sort}{filter}")).await;
            assert_eq!(pages.concat(), titles, "{sort}{filter}");
        }
    }
    let page = site.get("/api/v1/articles?limit=1").await;
    let cursor = page.next().unwrap().split_once("cursor=").unwrap().1;
    let other = format!("/api/v1/articles?limit=1&sort=published_at&cursor={cursor}");
    site.get(&other).await.is_problem(400, "invalid_cursor");
}

#[actix_web::test]
async fn pages_of_one_tag_and_of_several_hold_each_article_once() {
    let site = Site::start().await;
    let article = site.article().await;
    for (title, tags) in [("Một", ["Lúa", "Bão"]), ("Hai", ["Lúa", "Mưa"]), ("Ba", ["Mưa", "Bão"])] {
        site.live(article.clone().titled(title).tagged(tags)).await;
    }

    for (tag, titles) in [("lua", vec!["Hai", "Một"]), ("bao,mua,lua", vec!["Ba", "Hai", "Một"])] {
        for filter in ["", "&category=thong-bao", "&featured=false"] {
            let pages = site.pages(&format!("/api/v1/articles?limit=1&tag={tag}{filter}")).await;
            assert_eq!(pages.concat(), titles, "{tag}{filter}");
        }
    }
}

#[actix_web::test]
async fn only_the_fields_that_are_asked_for_are_sent() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;

    let answer = site.get("/api/v1/articles?fields=slug,%20title").await;

    assert_eq!(answer.is(200).rows(), &[json!({ "slug": live.slug(), "title": live.field("title") })]);
    for fields in ["", "slug,body", "slug,,title", "version", "Title"] {
        let refused = site.get(&format!("/api/v1/articles?fields={fields}")).await;
        let errors = refused.is_problem(400, "bad_request").errors();
        assert_eq!(errors, ["/fields unknown_field"], "{fields}");
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("last_published_at"));
    }
}
