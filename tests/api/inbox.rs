//! What waits for somebody.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Approve, Recall, Reject, Unschedule};

use crate::support::{Admin, Approver, Author, Editor, Person, Site, an_article, in_minutes, person::Handle};

/// What waits for somebody: what for, and the titles.
async fn waiting(person: &Person<'_>, query: &str) -> Vec<String> {
    let inbox = person.get(&format!("/inbox{query}")).await;
    let entry = |row: &Value| format!("{}: {}", row["waits_for"].as_str().unwrap(), row["title"].as_str().unwrap());
    inbox.is(200).rows().iter().map(entry).collect()
}

async fn counts(person: &Person<'_>) -> Value {
    person.get("/inbox?limit=1").await.is(200).body["meta"]["counts"].clone()
}

/// The stages of a category, by its slug.
async fn stages(site: &Site, category: &str, stages: Value) {
    let admin = site.person([Admin]).await;
    let found = admin.get("/categories").await;
    let id = found.rows().iter().find(|row| row["slug"] == category).unwrap()["id"].as_str().unwrap().to_owned();
    let request = admin.request(Method::PUT, &format!("/categories/{id}/review"));
    site.send(request.json(&json!({ "stages": stages }))).await.is(200);
}

#[actix_web::test]
async fn a_review_waits_for_those_who_may_decide_its_stage() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let (first, named) = (site.person([Editor]).await, site.person([Editor]).await);
    let second = site.person([Approver]).await;
    stages(
        &site,
        &category,
        json!([
            { "name": "Biên tập", "role": "editor" },
            { "name": "Pháp chế", "users": [named.id] },
            { "name": "Lãnh đạo", "role": "approver" },
        ]),
    )
    .await;
    let author = site.person([Author]).await;
    let article = author.submits(an_article().titled("Tin").filed_under(&category)).await;

    assert_eq!(waiting(&first, "").await, ["review: Tin"]);
    assert!(waiting(&second, "").await.is_empty());
    assert!(waiting(&author, "").await.is_empty());

    let article = first.approves(&article).await;
    assert!(waiting(&first, "").await.is_empty());
    assert_eq!(waiting(&named, "").await, ["review: Tin"]);

    named.approves(&article).await;
    assert_eq!(waiting(&second, "").await, ["review: Tin"]);
    assert_eq!(waiting(&site.person([Admin]).await, "").await, ["review: Tin"]);
}

#[actix_web::test]
async fn nothing_waits_for_those_who_had_a_hand_in_it() {
    let site = Site::start().await;
    let (chief, other) = (site.person([Editor, Approver]).await, site.person([Approver]).await);
    let article = chief.submits(site.article().await.titled("Của mình")).await;
    assert!(waiting(&chief, "").await.is_empty());
    let live = other.publishes(&other.approves(&article).await).await;
    let editor = site.person([Editor]).await;
    let edited = editor.edits(&live, json!({ "summary": "Khác" })).await;
    editor.does(tintuc::newsroom::Transition::Submit, &edited).await;

    // What was published is nobody's edit any more.
    assert_eq!(waiting(&chief, "").await, ["review: Của mình"]);
}

#[actix_web::test]
async fn a_grant_on_a_category_brings_what_is_filed_there() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let approver = site.person_with(&[format!("approver@{here}")]).await;
    let author = site.person([Author]).await;
    author.submits(an_article().titled("Ở đây").filed_under(&here)).await;
    author.submits(an_article().titled("Nơi khác").filed_under(&elsewhere)).await;

    assert_eq!(waiting(&approver, "").await, ["review: Ở đây"]);
    assert_eq!(counts(&approver).await, json!({ "review": 1, "rework": 0, "publication": 0, "overdue": 0 }));
}

#[actix_web::test]
async fn what_is_overdue_comes_first_then_what_is_due_then_what_has_waited_longest() {
    let site = Site::start().await;
    let (calm, hurried) = (site.category("Văn hóa").await, site.category("Tin khẩn").await);
    stages(&site, &hurried, json!([{ "name": "Trực ban", "role": "approver", "due_in_hours": 2 }])).await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    for title in ["Một", "Hai"] {
        author.submits(an_article().titled(title).filed_under(&calm)).await;
    }
    author.submits(an_article().titled("Sắp đến hạn").filed_under(&hurried)).await;
    let late = author.submits(an_article().titled("Quá hạn").filed_under(&hurried)).await;
    site.sql(&format!(
        "UPDATE articles SET review = jsonb_set(review, '{{stages,0,due_at}}', '\"2020-01-01T00:00:00Z\"') WHERE id = '{}'",
        late.id
    ))
    .unwrap();

    let inbox = approver.get("/inbox").await;

    assert_eq!(inbox.is(200).titles(), ["Quá hạn", "Sắp đến hạn", "Một", "Hai"]);
    assert_eq!((&inbox.rows()[0]["overdue"], &inbox.rows()[1]["overdue"]), (&json!(true), &json!(false)));
    assert_eq!(inbox.body["meta"]["counts"], json!({ "review": 4, "rework": 0, "publication": 0, "overdue": 1 }));
    assert_eq!(approver.pages("/inbox?limit=1").await.concat(), inbox.titles());
    assert_eq!(approver.pages("/inbox?limit=3").await.concat(), inbox.titles());
}

#[actix_web::test]
async fn what_was_sent_back_waits_for_its_author_and_what_is_approved_for_its_publisher() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let article = site.article().await;
    let back = author.submits(article.clone().titled("Sửa lại")).await;
    let back = Handle::of(approver.tries_with(Reject, &back, json!({ "comment": "Thiếu" })).await.is(200));
    let approved = author.submits(article.titled("Chờ đăng")).await;
    let approved = approver.does(Approve, &approved).await;

    assert_eq!(waiting(&author, "").await, ["rework: Sửa lại"]);
    assert_eq!(waiting(&approver, "").await, ["publication: Chờ đăng"]);
    assert!(waiting(&approver, "?waits_for=review").await.is_empty());
    assert_eq!(counts(&approver).await["publication"], 1);
    approver.get("/inbox?waits_for=lunch").await.is_problem(400, "bad_request");

    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": in_minutes(60) })).await;
    assert!(waiting(&approver, "").await.is_empty());
    let called_off = approver.does(Unschedule, &scheduled).await;
    assert_eq!(waiting(&approver, "").await, ["publication: Chờ đăng"]);
    approver.publishes(&called_off).await;
    assert!(waiting(&approver, "").await.is_empty());
    author.edits(&back, json!({ "summary": "Đã sửa" })).await;
    assert!(waiting(&author, "").await.is_empty());
}

#[actix_web::test]
async fn what_was_taken_back_or_thrown_away_waits_for_nobody() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let article = site.article().await;
    let recalled = author.submits(article.clone().titled("Rút lại")).await;
    author.does(Recall, &recalled).await;
    let thrown = author.submits(article.titled("Bỏ")).await;
    author.tries_to_delete(&thrown, "").await.is(204);

    assert!(waiting(&approver, "").await.is_empty());
    assert_eq!(counts(&approver).await["review"], 0);
}

#[actix_web::test]
async fn who_has_no_role_has_no_inbox() {
    let site = Site::start().await;
    site.person([]).await.get("/inbox").await.is_problem(403, "forbidden");
}
