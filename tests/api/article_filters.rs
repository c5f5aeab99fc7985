//! What editors' lists are narrowed to.

use reqwest::Method;
use serde_json::json;
use tintuc::newsroom::{Transition::Approve, words};

use crate::support::{Admin, Approver, Author, Editor, Site, an_article};

#[actix_web::test]
async fn drafts_are_found_by_their_words_with_marks_or_without() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft =
        an_article().titled("Dân vận khéo ở Đồng Xoài").with("body", "<p>Bà con <b>góp</b> sức&nbsp;làm đường</p>");
    let draft = author.creates(draft).await;
    author.creates(an_article().titled("Lịch tiếp công dân").with("summary", "Ngày 15 hằng tháng")).await;
    let found = async |words: &str| {
        let query = author.request(Method::GET, "/articles").query(&[("q", words)]);
        site.send(query).await.is(200).titles()
    };

    for words in ["dan van kheo", "Dân Vận", "dong xoai", "đồng xoài", "lam duong", "góp sức"] {
        assert_eq!(found(words).await, ["Dân vận khéo ở Đồng Xoài"], "{words}");
    }
    assert_eq!(found("ngay 15").await, ["Lịch tiếp công dân"]);
    assert!(found("dân vận 15").await.is_empty(), "all of its words");
    assert!(found("b").await.is_empty(), "markup is no word");
    assert!(found("' OR 1=1 & | ! :* (").await.is_empty());
    author.edits(&draft, json!({ "title": "Xây dựng nông thôn mới" })).await;
    assert!(found("dan van").await.is_empty(), "what it said before");
    assert_eq!(found("nong thon").await, ["Xây dựng nông thôn mới"]);
}

#[actix_web::test]
async fn one_searches_what_one_may_read() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    author.creates(an_article().titled("Mật")).await;

    assert!(other.get("/articles?q=mat&count=exact").await.is(200).rows().is_empty());
    assert_eq!(site.person([Editor]).await.get("/articles?q=mat").await.titles(), ["Mật"]);
}

#[actix_web::test]
async fn a_body_of_many_words_is_saved_and_found_by_its_first() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let words: Vec<String> = (0..50_000).map(|number| format!("chữ{}", letters(number))).collect();

    author.creates(an_article().with("body", format!("<p>{}</p>", words.join(" ")))).await;

    assert_eq!(author.get("/articles?q=chuabc").await.rows().len(), 1);
    let last = author.get(&format!("/articles?q=chu{}", letters(49_999))).await;
    assert!(last.is(200).rows().is_empty(), "behind what is noted");
}

#[actix_web::test]
async fn what_was_there_before_is_found_once_its_words_are_noted() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article().titled("Có trước")).await;
    author.creates(an_article().titled("Cũng có trước")).await;
    author.edits(&draft, json!({ "title": "Sửa sau" })).await;
    // As an earlier release leaves them.
    site.sql("DELETE FROM article_words WHERE version = 1").unwrap();
    site.sql("UPDATE article_words SET version = 1, words = ARRAY['co', 'truoc']").unwrap();
    assert!(author.get("/articles?q=sua").await.rows().is_empty());

    let looked = site.transaction(|tx| words::add_missing(tx, uuid::Uuid::nil()));

    assert_eq!(looked.missed, 2);
    assert_eq!(author.get("/articles?q=sua").await.titles(), ["Sửa sau"]);
    assert_eq!(author.get("/articles?q=truoc").await.titles(), ["Cũng có trước"]);
    let end = site.transaction(move |tx| words::add_missing(tx, looked.last.unwrap()));
    assert!(end.last.is_none());
    assert_eq!(site.transaction(|tx| words::add_missing(tx, uuid::Uuid::nil())).missed, 0);
}

#[actix_web::test]
async fn a_corpus_is_found_by_its_words() {
    let site = Site::start().await;
    site.is_seeded(500).await;
    let admin = site.person([Admin]).await;
    let title = admin.get("/articles?limit=1").await.titles().remove(0);

    let found = site.send(admin.request(Method::GET, "/articles").query(&[("q", &title)])).await;

    assert!(found.is(200).titles().contains(&title));
    assert_eq!(site.transaction(|tx| words::add_missing(tx, uuid::Uuid::nil())).missed, 0);
}

#[actix_web::test]
async fn each_condition_narrows_the_list_and_all_hold_together() {
    let site = Site::start().await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let approver = site.person([Approver]).await;
    let article = site.article().await;
    let tagged = author.creates(article.clone().titled("Có thẻ").tagged(["Thi đua", "Khen thưởng"])).await;
    let edited = author.creates(article.clone().titled("Đã sửa")).await;
    editor.edits(&edited, json!({ "summary": "Khác" })).await;
    let pending = author.submits(article.titled("Chờ duyệt")).await;
    let titles = async |query: &str| {
        let mut titles = approver.get(&format!("/articles?{query}")).await.is(200).titles();
        titles.sort();
        titles
    };

    assert_eq!(titles("tag=thi-dua").await, ["Có thẻ"]);
    assert_eq!(titles("tag=khong-co,khen-thuong").await, ["Có thẻ"]);
    assert!(titles("tag=khong-co").await.is_empty());
    assert_eq!(titles(&format!("editor={}", editor.id)).await, ["Đã sửa"]);
    assert_eq!(titles(&format!("editor={}", author.id)).await.len(), 3);
    assert_eq!(titles("stage=Phê duyệt").await, ["Chờ duyệt"]);
    assert!(titles("stage=Khác").await.is_empty());
    assert_eq!(titles(&format!("editor={}&tag=thi-dua&q=the&status=unpublished", author.id)).await, ["Có thẻ"]);
    let at = tagged.field("created_at").as_str().unwrap();
    assert_eq!(titles(&format!("created_before={at}")).await.len(), 0);
    assert_eq!(titles(&format!("created_after={at}")).await.len(), 3);
    let at = pending.field("updated_at").as_str().unwrap();
    assert_eq!(titles(&format!("updated_after={at}")).await, ["Chờ duyệt"]);
    assert_eq!(titles(&format!("updated_before={at}")).await, ["Có thẻ", "Đã sửa"]);
    approver.does(Approve, &pending).await;
    assert!(titles("stage=Phê duyệt").await.is_empty());
    for wrong in ["status=nothing", "editor=x", "updated_after=2026-01-01", "q=", "stage="] {
        approver.get(&format!("/articles?{wrong}")).await.is_problem(400, "bad_request");
    }
}

#[actix_web::test]
async fn a_tag_that_was_merged_into_another_is_found_by_that_one() {
    let site = Site::start().await;
    let (author, admin) = (site.person([Author]).await, site.person([Admin]).await);
    author.creates(an_article().titled("Cũ").tagged(["Thi đua"])).await;
    author.creates(an_article().titled("Mới").tagged(["Phong trào thi đua"])).await;
    let tags = admin.get("/tags").await;
    let tag =
        |name: &str| tags.rows().iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    let (from, into) = (tag("Thi đua"), tag("Phong trào thi đua"));
    let etag = admin.get(&format!("/tags/{from}")).await.header("etag");
    let merge = admin.request(Method::POST, &format!("/tags/{from}/merge")).header("If-Match", etag);
    site.send(merge.json(&json!({ "into": into }))).await.is(200);

    let mut found = author.get("/articles?tag=phong-trao-thi-dua").await.titles();
    found.sort();

    assert_eq!(found, ["Cũ", "Mới"]);
}

#[actix_web::test]
async fn lists_go_by_creation_too() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let first = author.creates(an_article().titled("Một")).await;
    author.creates(an_article().titled("Hai")).await;
    author.creates(an_article().titled("Ba")).await;
    author.edits(&first, json!({ "featured": true })).await;

    assert_eq!(author.pages("/articles?sort=created_at&limit=1").await.concat(), ["Một", "Hai", "Ba"]);
    assert_eq!(author.pages("/articles?sort=-created_at&limit=2").await.concat(), ["Ba", "Hai", "Một"]);
}

/// A number in letters: words of letters and digits are two.
fn letters(mut number: u32) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return letters;
        }
        number -= 1;
    }
}
