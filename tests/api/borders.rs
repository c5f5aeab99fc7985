//! Where a category ends, for what is public: moving a working copy moves no right over what readers see.

use chrono::{Duration, Utc};
use serde_json::json;
use tintuc::newsroom::Transition::{self, Publish, Submit, Unpublish, Unschedule};

use crate::support::{Approver, Editor, Person, Site, an_article, person::Handle};

#[actix_web::test]
async fn an_approver_elsewhere_does_not_withdraw_what_is_live_here_by_moving_it() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Giáo dục").await, site.category("Y tế").await);
    let live = site.live(an_article().filed_under(&here)).await;
    let mover = mover(&site, &elsewhere).await;

    let moved = mover.edits(&mover.sees(&live).await, json!({ "category": elsewhere })).await;

    mover.tries(Unpublish, &moved).await.is_problem(403, "forbidden");
    mover.tries_to_delete(&moved, "?reason=x").await.is_problem(403, "forbidden");
    assert_blocked(&moved, Unpublish);
    site.public(&live).await.is(200);
}

#[actix_web::test]
async fn nor_replaces_what_is_live_here() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Giáo dục").await, site.category("Y tế").await);
    let live = site.live(an_article().filed_under(&here)).await;
    let editor = site.person([Editor]).await;
    let moved = editor.edits(&editor.sees(&live).await, json!({ "category": elsewhere })).await;
    let pending = editor.does(Submit, &moved).await;
    let mover = mover(&site, &elsewhere).await;
    let approved = mover.approves(&pending).await;

    mover.tries(Publish, &approved).await.is_problem(403, "forbidden");

    assert_blocked(&approved, Publish);
    site.person([Approver]).await.publishes(&approved).await;
    assert_eq!(site.public(&live).await.data()["category"]["slug"], elsewhere);
}

#[actix_web::test]
async fn nor_calls_off_what_is_to_become_public_here() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Giáo dục").await, site.category("Y tế").await);
    let approved = site.approved(an_article().filed_under(&here)).await;
    let tomorrow = json!({ "publish_at": Utc::now() + Duration::days(1) });
    let scheduled = site.person([Approver]).await.publishes_with(&approved, tomorrow).await;
    let mover = mover(&site, &elsewhere).await;

    let moved = mover.edits(&scheduled, json!({ "category": elsewhere })).await;

    mover.tries(Unschedule, &moved).await.is_problem(403, "forbidden");
    mover.tries_to_delete(&moved, "").await.is_problem(403, "forbidden");
    assert_blocked(&moved, Unschedule);
    assert_eq!(mover.sees(&moved).await.field("status"), "scheduled");
}

#[actix_web::test]
async fn whoever_has_the_right_on_both_sides_withdraws_what_was_moved() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Giáo dục").await, site.category("Y tế").await);
    let live = site.live(an_article().filed_under(&here)).await;
    let both = ["editor".to_owned(), format!("approver@{here}"), format!("approver@{elsewhere}")];
    let both = site.person_with(&both).await;

    let moved = both.edits(&both.sees(&live).await, json!({ "category": elsewhere })).await;

    assert!(moved.field("allowed_transitions").as_array().unwrap().contains(&json!(Unpublish)));
    both.does(Unpublish, &moved).await;
    site.public(&live).await.is_problem(404, "not_found");
}

/// Somebody who edits everything, and may publish in this category alone.
async fn mover<'a>(site: &'a Site, category: &str) -> Person<'a> {
    site.person_with(&["editor".to_owned(), format!("approver@{category}")]).await
}

/// The article says that this step would be refused, and why.
#[track_caller]
fn assert_blocked(article: &Handle, step: Transition) {
    let blocked = article.field("blocked_transitions").as_array().unwrap();
    assert!(blocked.iter().any(|it| it["name"] == json!(step) && it["code"] == "forbidden"), "{blocked:?}");
}
