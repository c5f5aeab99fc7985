//! Versions and the history: full snapshots and what happened to them, kept as they were.

use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Reject, Submit, Unpublish};

use crate::support::{Approver, Author, Editor, Site, an_article, stable};

#[actix_web::test]
async fn every_version_is_a_full_snapshot() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let first = author.creates(an_article().tagged(["Lịch công tác"]).with("page_count", 2)).await;
    let editor = site.person([Editor]).await;
    let second = editor.edits(&first, json!({ "title": "Lịch mới", "slug": "lich-moi", "tags": [] })).await;

    let versions = author.get(&format!("/articles/{}/versions", first.id)).await;

    for (row, article) in versions.rows().iter().zip([&second, &first]) {
        for (field, value) in row.as_object().unwrap().iter().filter(|(field, _)| !field.starts_with("edited_")) {
            assert_eq!(article.field(field), value, "{field}");
        }
        let shown = author.get(&format!("/articles/{}/versions/{}", first.id, row["version"])).await;
        assert_eq!(shown.data(), row);
    }
    insta::assert_json_snapshot!("versions", stable(&versions.body));
}

#[actix_web::test]
async fn versions_come_in_pages() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let mut article = author.creates(an_article().titled("Bản 1")).await;
    for number in 2..=5 {
        article = author.edits(&article, json!({ "title": format!("Bản {number}") })).await;
    }

    let pages = author.pages(&format!("/articles/{}/versions?limit=2", article.id)).await;

    assert_eq!(pages, [vec!["Bản 5", "Bản 4"], vec!["Bản 3", "Bản 2"], vec!["Bản 1"]]);
}

#[actix_web::test]
async fn what_one_may_not_read_has_no_versions_and_no_history() {
    let site = Site::start().await;
    let article = site.person([Author]).await.creates(an_article()).await;
    let other = site.person([Author]).await;

    for rest in ["versions", "versions/1", "history"] {
        other.get(&format!("/articles/{}/{rest}", article.id)).await.is_problem(404, "not_found");
    }
    let editor = site.person([Editor]).await;
    editor.get(&format!("/articles/{}/versions/2", article.id)).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn not_even_sql_changes_what_was_written() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let author = site.person([Approver]).await;
    let (versions, history) = (format!("/articles/{}/versions", article.id), author.history(&article).await);
    let before = author.get(&versions).await.body;

    for statement in [
        "UPDATE article_versions SET content = '{}'",
        "UPDATE article_versions SET edited_at = now()",
        "DELETE FROM article_versions",
        "UPDATE transitions SET comment = 'khác'",
        "UPDATE transitions SET overridden = NOT overridden",
        "DELETE FROM transitions",
    ] {
        let refusal = site.sql(statement).expect_err(statement);

        assert!(refusal.to_string().ends_with("rows are immutable"), "{statement}: {refusal}");
    }
    assert_eq!((author.get(&versions).await.body, author.history(&article).await), (before, history));
}

#[actix_web::test]
async fn the_history_tells_every_transition_newest_first() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let submitted = author.submits(site.article().await).await;
    let comment = json!({ "comment": " Thiếu địa điểm " });
    approver.tries_with(Reject, &submitted, comment).await.is(200);
    let again = author.edits(&author.sees(&submitted).await, json!({ "summary": "Tại trụ sở" })).await;
    let again = author.does(Submit, &again).await;
    let live = approver.publishes(&approver.approves(&again).await).await;
    approver.does(Unpublish, &live).await;

    let history = author.history(&live).await;

    insta::assert_json_snapshot!("history", stable(&Value::from(history)));
}

#[actix_web::test]
async fn the_history_comes_in_pages() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let reader = site.person([Approver]).await;
    let path = format!("/articles/{}/history?limit=2", live.id);

    let page = reader.get(&path).await;
    let rest = reader.get(page.next().unwrap().strip_prefix("/api/v1/manage").unwrap()).await;

    let names = |answer: &crate::support::Answer| -> Vec<Value> {
        answer.rows().iter().map(|entry| entry["name"].clone()).collect()
    };
    assert_eq!((names(&page), names(&rest)), (vec![json!("publish"), json!("approve")], vec![json!("submit")]));
    assert!(rest.next().is_none());
}
