//! Lists of working copies: exactly what the caller may read, in order, page by page.

use serde_json::json;
use tintuc::newsroom::Transition::Submit;

use crate::support::{Accountant, Author, Editor, Site, an_article};

#[actix_web::test]
async fn the_last_change_comes_first() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let first = author.creates(an_article().titled("Một")).await;
    author.creates(an_article().titled("Hai")).await;
    author.edits(&first, json!({ "featured": true })).await;

    assert_eq!(author.get("/articles").await.titles(), ["Một", "Hai"]);
    assert_eq!(author.get("/articles?sort=updated_at").await.titles(), ["Hai", "Một"]);
    author.get("/articles?sort=title").await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn a_card_is_the_article_without_its_long_parts() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let mut article = author.creates(an_article().tagged(["Lịch công tác"])).await.data;
    for part in ["body", "related", "audio", "attachments", "files"] {
        article.as_object_mut().unwrap().remove(part).expect("a part");
    }

    assert_eq!(author.get("/articles").await.rows(), &[article]);
}

#[actix_web::test]
async fn pages_follow_each_other_without_gap_or_repeat_even_among_equals() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for number in 1..=5 {
        author.creates(an_article().titled(&format!("Tin {number}"))).await;
    }
    site.sql("UPDATE articles SET updated_at = '2999-01-01' WHERE title > 'Tin 2'").unwrap();

    for limit in [1, 2, 5] {
        let forwards = author.pages(&format!("/articles?limit={limit}")).await;
        let backwards = author.pages(&format!("/articles?limit={limit}&sort=updated_at")).await;

        assert!(forwards.iter().all(|page| page.len() <= limit));
        assert_eq!(forwards.concat(), ["Tin 5", "Tin 4", "Tin 3", "Tin 2", "Tin 1"]);
        assert_eq!(backwards.concat(), ["Tin 1", "Tin 2", "Tin 3", "Tin 4", "Tin 5"]);
    }
}

#[actix_web::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    author.creates(an_article()).await;
    author.creates(an_article()).await;
    let page = author.get("/articles?limit=1").await;
    let cursor = page.next().unwrap().split_once("cursor=").unwrap().1;

    author.get(&format!("/articles?limit=2&cursor={cursor}")).await.is(200);
    for other in ["locale=vi&", "sort=updated_at&", "approval=draft&"] {
        author.get(&format!("/articles?{other}cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    }
    author.get("/articles?cursor=AAAA").await.is_problem(400, "invalid_cursor");
}

#[actix_web::test]
async fn a_list_can_be_narrowed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let economy = site.category("Kinh tế").await;
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    author.creates(an_article().titled("Một").with("locale", "en").with("article_type", "news")).await;
    author.submits(an_article().titled("Hai").filed_under(&economy)).await;
    let third = an_article().titled("Ba").filed_under(&farming).with("author", json!({ "name": "Sở Y tế" }));
    let signed = author.creates(third).await.field("author")["id"].as_str().unwrap().to_owned();

    for (filter, titles) in [
        ("locale=en", vec!["Một"]),
        ("article_type=announcement", vec!["Ba", "Hai"]),
        ("approval=pending", vec!["Hai"]),
        ("category=kinh-te", vec!["Ba", "Hai"]),
        ("category=nong-nghiep", vec!["Ba"]),
        ("category=khong-co", vec![]),
        (&format!("author={signed}"), vec!["Ba"]),
        ("category=kinh-te&approval=draft", vec!["Ba"]),
    ] {
        let answer = author.get(&format!("/articles?count=exact&{filter}")).await;

        assert_eq!(answer.titles(), titles, "{filter}");
        assert_eq!(answer.body["meta"]["count"], titles.len(), "{filter}");
    }
    let unknown = author.get("/articles?colour=x").await;
    assert_eq!(unknown.is_problem(400, "unknown_parameter").errors(), ["/colour unknown_parameter"]);
}

#[actix_web::test]
async fn a_count_is_made_on_request_only() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for _ in 0..3 {
        author.creates(an_article()).await;
    }

    assert_eq!(author.get("/articles?limit=1").await.body["meta"], json!({ "limit": 1 }));
    assert_eq!(author.get("/articles?limit=1&count=exact").await.body["meta"], json!({ "limit": 1, "count": 3 }));
}

#[actix_web::test]
async fn everyone_sees_exactly_what_they_may_read() {
    let site = Site::start().await;
    let economy = site.category("Kinh tế").await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let unfiled = author.creates(an_article().titled("Chưa xếp")).await;
    let filed = other.creates(an_article().titled("Kinh tế").filed_under(&economy)).await;
    let local = site.person_with(&[format!("approver@{economy}")]).await;
    let accountant = site.person([Accountant]).await;

    for (person, titles) in [
        (&author, vec!["Chưa xếp"]),
        (&other, vec!["Kinh tế"]),
        (&local, vec!["Kinh tế"]),
        (&accountant, vec!["Kinh tế", "Chưa xếp"]),
    ] {
        assert_eq!(person.get("/articles").await.titles(), titles);
        for article in [&unfiled, &filed] {
            let readable = titles.contains(&article.field("title").as_str().unwrap());
            person.looks_at(article).await.is(if readable { 200 } else { 404 });
        }
    }
}

#[actix_web::test]
async fn without_a_role_there_is_no_list() {
    let site = Site::start().await;

    site.person([]).await.get("/articles").await.is_problem(403, "forbidden");
    site.get("/api/v1/manage/articles").await.is_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn an_author_reads_and_edits_their_own_in_any_state() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let pending = author.submits(site.article().await).await;
    let editor = site.person([Editor]).await;
    let edited = editor.edits(&pending, json!({ "summary": "Ngày 15" })).await;

    assert_eq!(author.sees(&edited).await.field("summary"), "Ngày 15");
    author.does(Submit, &edited).await;
}
