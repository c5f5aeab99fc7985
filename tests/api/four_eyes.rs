//! Whoever had a hand in a text may not approve it.

use tintuc::workflow::Transition::Approve;

use crate::support::{Approver, Author, Site, an_article};

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
