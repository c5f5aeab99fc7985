//! Whoever had a hand in a text may not approve it.

use serde_json::json;
use tintuc::newsroom::Transition::{Approve, Submit};

use crate::support::{Admin, Approver, Author, Editor, Person, Site, an_article};

/// Grants what no role holds.
fn may_override(site: &Site, person: &Person<'_>) {
    let id = person.id;
    let grant = format!("INSERT INTO user_permissions (user_id, permission) VALUES ('{id}', 'four_eyes_override')");
    site.sql(&grant).expect("the permission is granted");
}

#[actix_web::test]
async fn an_author_cannot_approve_their_own_article() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let author = site.person([Author, Approver]).await;
    let article = author.submits(an_article().filed_under(&category)).await;

    let refusal = author.tries(Approve, &article).await;

    refusal.is_problem(403, "four_eyes");
    site.public(&article).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_admin_is_bound_as_everyone_is() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let article = admin.submits(site.article().await).await;

    admin.tries(Approve, &article).await.is_problem(403, "four_eyes");
}

#[actix_web::test]
async fn an_editor_of_an_earlier_version_stays_bound_after_the_edits_of_others() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let chief = site.person([Editor, Approver]).await;
    let draft = author.creates(site.article().await).await;
    let edited = chief.edits(&draft, json!({ "summary": "Ngày 15" })).await;
    let rewritten = author.edits(&edited, json!({ "summary": "Ngày 20" })).await;
    let submitted = author.does(Submit, &rewritten).await;

    chief.tries(Approve, &submitted).await.is_problem(403, "four_eyes");

    site.person([Approver]).await.approves(&submitted).await;
}

#[actix_web::test]
async fn the_article_says_that_they_may_not() {
    let site = Site::start().await;
    let author = site.person([Author, Approver]).await;
    let article = author.submits(site.article().await).await;

    let blocked = article.field("blocked_transitions").as_array().unwrap();

    let approve = blocked.iter().find(|blocked| blocked["name"] == "approve").unwrap();
    assert_eq!(approve["code"], "four_eyes");
    assert_eq!(article.field("allowed_transitions"), &json!(["recall", "reject"]));
}

#[actix_web::test]
async fn once_a_version_is_published_its_editors_are_free_to_approve_the_next() {
    let site = Site::start().await;
    let chief = site.person([Editor, Approver]).await;
    let submitted = chief.submits(site.article().await).await;
    let approver = site.person([Approver]).await;
    let live = approver.publishes(&approver.approves(&submitted).await).await;
    let other = site.person([Editor]).await;
    let edited = other.edits(&live, json!({ "summary": "Ngày 20" })).await;

    let approved = chief.approves(&other.does(Submit, &edited).await).await;

    assert_eq!(approved.field("approval"), "approved");
}

#[actix_web::test]
async fn what_is_only_scheduled_frees_nobody() {
    let site = Site::start().await;
    let chief = site.person([Editor, Approver]).await;
    let submitted = chief.submits(site.article().await).await;
    let approver = site.person([Approver]).await;
    let later = json!({ "publish_at": crate::support::in_minutes(60) });
    let scheduled = approver.publishes_with(&approver.approves(&submitted).await, later).await;
    let other = site.person([Editor]).await;
    let edited = other.edits(&scheduled, json!({ "summary": "Ngày 20" })).await;
    let submitted = other.does(Submit, &edited).await;

    chief.tries(Approve, &submitted).await.is_problem(403, "four_eyes");
}

#[actix_web::test]
async fn an_override_needs_the_permission_and_a_comment_and_is_on_record() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    let submitted = admin.submits(site.article().await).await;
    let overriding = json!({ "override": true, "comment": "Tin khẩn" });

    admin.tries_with(Approve, &submitted, overriding.clone()).await.is_problem(403, "four_eyes");
    may_override(&site, &admin);
    admin.tries(Approve, &submitted).await.is_problem(403, "four_eyes");
    let silent = admin.tries_with(Approve, &submitted, json!({ "override": true, "comment": " " })).await;
    assert_eq!(silent.is_problem(422, "validation_failed").errors(), ["/comment required"]);
    admin.tries_with(Approve, &submitted, overriding).await.is(200);

    let approval = &admin.history(&submitted).await[0];
    assert_eq!((&approval["overridden"], &approval["comment"]), (&json!(true), &json!("Tin khẩn")));
    assert_eq!(site.count("events WHERE kind = 'article.approved' AND (data ->> 'overridden')::boolean"), 1);
}

#[actix_web::test]
async fn an_approval_that_needs_no_override_is_none() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    may_override(&site, &approver);
    let submitted = site.person([Author]).await.submits(site.article().await).await;

    approver.tries_with(Approve, &submitted, json!({ "override": true, "comment": "Tin khẩn" })).await.is(200);

    assert_eq!(approver.history(&submitted).await[0]["overridden"], false);
}
