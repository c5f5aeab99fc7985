//! How many articles stand where.

use serde_json::json;
use tintuc::newsroom::Transition::{Approve, Submit, Unpublish};

use crate::support::{Approver, Author, Site, an_article, in_minutes};

#[actix_web::test]
async fn every_article_is_counted_where_it_stands() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let article = site.article().await;
    author.creates(article.clone()).await;
    author.submits(article.clone()).await;
    let rejected = author.submits(article.clone()).await;
    approver.tries_with(tintuc::newsroom::Transition::Reject, &rejected, json!({ "comment": "Thiếu" })).await.is(200);
    let approved = author.submits(article.clone()).await;
    approver.does(Approve, &approved).await;
    let scheduled = site.approved(article.clone()).await;
    approver.publishes_with(&scheduled, json!({ "publish_at": in_minutes(3 * 24 * 60) })).await;
    site.live(article.clone()).await;
    let withdrawn = site.live(article.clone()).await;
    approver.does(Unpublish, &withdrawn).await;
    let expired = site.approved(article.clone()).await;
    approver.publishes_with(&expired, json!({ "expires_at": in_minutes(60) })).await;
    let discarded = author.creates(article).await;
    author.tries_to_delete(&discarded, "").await.is(204);
    site.time_passes(chrono::Duration::hours(2));

    let numbers = approver.get("/dashboard").await.is(200).data().clone();

    assert_eq!(numbers["approval"], json!({ "draft": 1, "pending": 1, "approved": 5, "rejected": 1 }));
    assert_eq!(numbers["status"], json!({ "unpublished": 4, "scheduled": 1, "live": 1, "expired": 1, "withdrawn": 1 }));
    assert_eq!(numbers["awaiting_publication"], 1);
    // The lists say the same.
    for (field, states) in [("approval", &numbers["approval"]), ("status", &numbers["status"])] {
        for (state, number) in states.as_object().unwrap() {
            let list = approver.get(&format!("/articles?{field}={state}&count=exact")).await;
            assert_eq!(&list.is(200).body["meta"]["count"], number, "{field} {state}");
            assert_eq!(list.rows().len() as u64, number.as_u64().unwrap());
            assert!(list.rows().iter().all(|row| row[field] == *state));
        }
    }
}

#[actix_web::test]
async fn one_counts_what_one_may_read() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    author.creates(an_article().filed_under(&here)).await;
    author.creates(an_article().filed_under(&elsewhere)).await;
    author.creates(an_article()).await;
    let editor = site.person_with(&[format!("editor@{here}")]).await;
    let drafts =
        async |person: &crate::support::Person<'_>| person.get("/dashboard").await.data()["approval"]["draft"].clone();

    assert_eq!(drafts(&author).await, 3);
    assert_eq!(drafts(&other).await, 0);
    assert_eq!(drafts(&editor).await, 1);
    site.person([]).await.get("/dashboard").await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn what_is_due_is_counted_by_the_clock() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let article = author.creates(site.article().await).await;
    site.sql(
        "INSERT INTO review_stages (category_id, revision, stages, set_by, set_at) \
         SELECT category_id, 1, '[{\"name\": \"Trực ban\", \"role\": \"approver\", \"due_in_hours\": 2}]', created_by, now() FROM articles",
    )
    .unwrap();
    author.does(Submit, &article).await;
    let due = async || {
        let numbers = approver.get("/dashboard").await;
        (numbers.data()["due"].as_i64().unwrap(), numbers.data()["overdue"].as_i64().unwrap())
    };

    assert_eq!(due().await, (1, 0));
    site.time_passes(chrono::Duration::hours(3));
    assert_eq!(due().await, (0, 1));
}
