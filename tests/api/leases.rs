//! Who is editing: told to others, and no lock.

use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Admin, Answer, Approver, Author, Editor, Person, Site, an_article, person::Handle};

async fn takes(person: &Person<'_>, article: &Handle) -> Answer {
    person.post(&format!("/articles/{}/lease", article.id), &json!({})).await
}

async fn ends(site: &Site, person: &Person<'_>, article: &Handle) -> Answer {
    site.send(person.request(Method::DELETE, &format!("/articles/{}/lease", article.id))).await
}

/// Who is editing, as somebody sees it.
async fn editing(person: &Person<'_>, article: &Handle) -> Value {
    person.sees(article).await.field("editing").clone()
}

#[actix_web::test]
async fn others_see_who_is_editing_until_when() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let article = editor.creates(an_article()).await;
    assert_eq!(article.field("editing"), &Value::Null);

    let taken = takes(&editor, &article).await;

    let lease = taken.is(200).data();
    assert_eq!(lease["by"]["id"], editor.id.to_string());
    let seconds = (lease["until"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() - Utc::now()).num_seconds();
    assert!((90..=120).contains(&seconds), "{seconds}");
    assert_eq!(&editing(&approver, &article).await, lease);
    let listed = approver.get("/articles").await;
    assert_eq!(&listed.rows()[0]["editing"], lease);
    assert_eq!(approver.sees(&article).await.etag, article.etag);
    assert_eq!(site.events(&article), ["article.created"]);
}

#[actix_web::test]
async fn a_lease_is_renewed_and_ends_by_the_clock() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let article = editor.creates(an_article()).await;
    let first = takes(&editor, &article).await.is(200).data().clone();
    site.time_passes(Duration::seconds(100));
    let renewed = takes(&editor, &article).await.is(200).data().clone();
    assert_ne!(first, renewed);

    site.time_passes(Duration::seconds(210));
    assert_eq!(editing(&editor, &article).await, renewed);
    site.time_passes(Duration::seconds(230));
    assert_eq!(editing(&editor, &article).await, Value::Null);
}

#[actix_web::test]
async fn whoever_comes_second_is_told_who_was_first_and_has_the_next() {
    let site = Site::start().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let article = one.creates(an_article()).await;
    let first = takes(&one, &article).await.is(200).data().clone();

    assert_eq!(takes(&other, &article).await.is(200).data(), &first);
    ends(&site, &other, &article).await.is(204);
    assert_eq!(editing(&other, &article).await, first);
    ends(&site, &one, &article).await.is(204);
    assert_eq!(editing(&other, &article).await, Value::Null);
    assert_eq!(takes(&other, &article).await.data()["by"]["id"], other.id.to_string());
    site.time_passes(Duration::seconds(121));
    assert_eq!(takes(&one, &article).await.data()["by"]["id"], one.id.to_string());
}

#[actix_web::test]
async fn of_many_who_begin_at_once_one_is_told_to_all() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = admin.creates(an_article()).await;
    let people = [
        site.person([Editor]).await,
        site.person([Editor]).await,
        site.person([Editor]).await,
        site.person([Editor]).await,
    ];

    let told = futures_util::future::join_all(people.iter().map(|person| takes(person, &article))).await;

    let holders: Vec<&Value> = told.iter().map(|answer| &answer.is(200).data()["by"]["id"]).collect();
    assert!(holders.iter().all(|holder| *holder == holders[0]), "{holders:?}");
    assert_eq!(site.count("article_leases"), 1);
}

#[actix_web::test]
async fn a_lease_keeps_nobody_from_saving() {
    let site = Site::start().await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    let article = one.creates(an_article()).await;
    takes(&one, &article).await.is(200);

    let edited = other.edits(&article, json!({ "title": "Khác" })).await;

    assert_eq!(edited.field("editing")["by"]["id"], one.id.to_string());
    one.tries_to_edit(&article, json!({ "title": "Nữa" })).await.is_problem(412, "stale_version");
}

#[actix_web::test]
async fn only_who_may_edit_says_so() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let approver = site.person([Approver]).await;
    let article = author.creates(an_article()).await;

    takes(&approver, &article).await.is_problem(403, "forbidden");
    takes(&stranger, &article).await.is_problem(404, "not_found");
    ends(&site, &stranger, &article).await.is_problem(404, "not_found");
    ends(&site, &approver, &article).await.is(204);

    assert_eq!(site.count("article_leases"), 0);
}
