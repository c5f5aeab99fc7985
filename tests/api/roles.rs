//! What each role opens on the whole site: who reads, edits, reviews, publishes, pays, files and signs.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Approve, Publish, Recall, Reject, Submit, Unpublish};

use crate::support::{Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, person::Handle};

#[actix_web::test]
async fn an_author_reads_and_edits_their_own_and_no_other() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    let mine = author.creates(an_article().titled("Của tôi")).await;
    let theirs = other.creates(an_article().titled("Của họ")).await;

    author.edits(&mine, json!({ "summary": "Sửa" })).await;
    author.looks_at(&theirs).await.is_problem(404, "not_found");
    author.tries_to_edit(&theirs, json!({ "summary": "Sửa" })).await.is_problem(404, "not_found");

    assert_eq!(author.get("/articles").await.titles(), ["Của tôi"]);
}

#[actix_web::test]
async fn an_author_edits_their_own_in_any_state() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let pending = author.submits(an_article().filed_under(&category)).await;
    let live = approver.publishes(&approver.approves(&pending).await).await;

    let edited = author.edits(&live, json!({ "summary": "Sửa" })).await;

    assert_eq!(edited.field("approval"), "draft");
    assert_eq!(edited.field("status"), "live");
}

#[actix_web::test]
async fn an_editor_reads_and_edits_everything_but_reviews_and_publishes_nothing() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let (author, editor) = (site.person([Author]).await, site.person([Editor]).await);
    let article = author.creates(an_article().filed_under(&category)).await;

    let edited = editor.edits(&article, json!({ "summary": "Sửa" })).await;
    let pending = editor.does(Submit, &edited).await;

    for step in [Approve, Reject, Publish, Unpublish] {
        editor.tries_with(step, &pending, json!({ "comment": "x" })).await.is_problem(403, "forbidden");
    }
    editor.does(Recall, &pending).await;
}

#[actix_web::test]
async fn an_approver_reads_reviews_and_publishes_but_neither_writes_nor_edits() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let pending = author.submits(an_article().filed_under(&category)).await;

    approver.tries_to_create(an_article()).await.is_problem(403, "forbidden");
    approver.tries_to_edit(&pending, json!({ "summary": "Sửa" })).await.is_problem(403, "forbidden");
    approver.tries_to_delete(&pending, "").await.is_problem(403, "forbidden");
    approver.tries(Recall, &pending).await.is_problem(403, "forbidden");
    let live = approver.publishes(&approver.approves(&pending).await).await;
    approver.does(Unpublish, &live).await;
}

#[actix_web::test]
async fn an_accountant_reads_everything_and_sets_royalties_and_nothing_else() {
    let site = Site::start().await;
    let (author, accountant) = (site.person([Author]).await, site.person([Accountant]).await);
    let article = author.creates(an_article()).await;

    assert_eq!(accountant.get("/articles").await.is(200).rows().len(), 1);
    pays(&site, &accountant, &article).await.is(200);

    accountant.tries_to_create(an_article()).await.is_problem(403, "forbidden");
    accountant.tries_to_edit(&article, json!({ "page_count": 9 })).await.is_problem(403, "forbidden");
    accountant.tries_to_delete(&article, "").await.is_problem(403, "forbidden");
    for step in [Submit, Approve, Publish] {
        accountant.tries(step, &article).await.is_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn royalties_are_for_accountants_and_admins_alone() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;
    let (accountant, admin) = (site.person([Accountant]).await, site.person([Admin]).await);
    pays(&site, &accountant, &article).await.is(200);

    for person in [&accountant, &admin] {
        assert_eq!(person.sees(&article).await.field("royalty"), &json!({ "amount": 350_000, "currency": "VND" }));
        person.get(&royalty(&article)).await.is(200);
    }
    for person in [author, site.person([Editor]).await, site.person([Approver]).await] {
        pays(&site, &person, &article).await.is_problem(403, "forbidden");
        person.get(&royalty(&article)).await.is_problem(403, "forbidden");
        let seen = [person.sees(&article).await.data, person.get("/articles").await.rows()[0].clone()];
        assert!(seen.iter().all(|article| article.get("royalty").is_none()), "absent, not null");
    }
}

#[actix_web::test]
async fn only_admins_make_categories() {
    let site = Site::start().await;

    for person in [
        site.person([Author]).await,
        site.person([Editor]).await,
        site.person([Approver]).await,
        site.person([Accountant]).await,
    ] {
        person.post("/categories", &json!({ "name": "Kinh tế" })).await.is_problem(403, "forbidden");
    }
    site.person([Admin]).await.post("/categories", &json!({ "name": "Kinh tế" })).await.is(201);
}

#[actix_web::test]
async fn whoever_writes_makes_authors_and_nobody_else() {
    let site = Site::start().await;
    let office = |name: &str| json!({ "name": name });

    for person in [site.person([Approver]).await, site.person([Accountant]).await] {
        person.post("/authors", &office("Sở Y tế")).await.is_problem(403, "forbidden");
    }
    site.person([Author]).await.post("/authors", &office("Sở Y tế")).await.is(201);
    site.person([Editor]).await.post("/authors", &office("Sở Nội vụ")).await.is(201);
    site.person([Admin]).await.post("/authors", &office("Sở Tư pháp")).await.is(201);
}

#[actix_web::test]
async fn everybody_with_a_role_reads_categories_and_authors() {
    let site = Site::start().await;
    site.category("Kinh tế").await;

    for role in [Author, Editor, Approver, Accountant, Admin] {
        let person = site.person([role]).await;
        assert_eq!(person.get("/categories").await.is(200).rows().len(), 1);
        person.get("/authors").await.is(200);
    }
}

#[actix_web::test]
async fn somebody_without_a_role_opens_no_collection_but_knows_who_they_are() {
    let site = Site::start().await;
    let article = site.person([Author]).await.creates(an_article()).await;
    let nobody = site.person([]).await;

    for path in ["/articles", "/categories", "/authors"] {
        nobody.get(path).await.is_problem(403, "forbidden");
    }
    for path in ["/categories", "/authors"] {
        nobody.post(path, &json!({ "name": "Kinh tế" })).await.is_problem(403, "forbidden");
    }
    nobody.tries_to_create(an_article()).await.is_problem(403, "forbidden");
    nobody.looks_at(&article).await.is_problem(404, "not_found");
    nobody.get("/me").await.is(200);
}

#[actix_web::test]
async fn what_one_may_not_read_is_not_there_wherever_one_looks() {
    let site = Site::start().await;
    let (owner, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let article = owner.creates(an_article()).await;

    for path in ["", "/versions", "/versions/1", "/history", "/royalty"] {
        let answer = stranger.get(&format!("/articles/{}{path}", article.id)).await;
        answer.is_problem(404, "not_found");
    }
    for step in [Submit, Recall, Approve, Reject, Publish, Unpublish] {
        stranger.tries_with(step, &article, json!({ "comment": "x" })).await.is_problem(404, "not_found");
    }
    stranger.tries_to_edit(&article, json!({ "summary": "Sửa" })).await.is_problem(404, "not_found");
    stranger.tries_to_delete(&article, "?reason=x").await.is_problem(404, "not_found");
    pays(&site, &stranger, &article).await.is_problem(404, "not_found");
    // And the same without the entity tag: whether a tag is needed tells that there is something.
    let blind = Handle { etag: "\"\"".to_owned(), ..article.clone() };
    stranger.tries_to_edit(&blind, json!({})).await.is_problem(404, "not_found");
    assert_eq!(owner.sees(&article).await.data, article.data);
}

#[actix_web::test]
async fn the_count_of_a_list_tells_nothing_of_what_one_may_not_read() {
    let site = Site::start().await;
    let (author, other) = (site.person([Author]).await, site.person([Author]).await);
    for title in ["Một", "Hai", "Ba"] {
        other.creates(an_article().titled(title)).await;
    }
    author.creates(an_article().titled("Của tôi")).await;

    let list = author.get("/articles?count=exact&limit=1").await;

    assert_eq!(list.is(200).body["meta"]["count"], 1);
    assert_eq!(list.next(), None);
    assert_eq!(site.person([Editor]).await.get("/articles?count=exact").await.body["meta"]["count"], 4);
}

#[actix_web::test]
async fn what_is_open_to_somebody_is_listed_on_the_article() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let author = site.person([Author]).await;
    let pending = author.submits(an_article().filed_under(&category)).await;
    let approver = site.person([Approver]).await;
    let approver_sees = approver.sees(&pending).await;

    assert_eq!(pending.field("allowed_transitions"), &json!(["recall"]));
    assert_eq!(approver_sees.field("allowed_transitions"), &json!(["approve", "reject"]));
    for blocked in approver_sees.field("blocked_transitions").as_array().unwrap() {
        let step = serde_json::from_value(blocked["name"].clone()).unwrap();
        let refusal = approver.tries(step, &pending).await;
        assert_eq!(refusal.body["code"], blocked["code"], "what is announced is what happens: {blocked}");
    }
}

fn royalty(article: &Handle) -> String {
    format!("/articles/{}/royalty", article.id)
}

async fn pays(site: &Site, person: &Person<'_>, article: &Handle) -> Answer {
    let input: Value = json!({ "amount": 350_000 });
    site.send(person.request(Method::PUT, &royalty(article)).json(&input)).await
}
