//! What the public reads of an article, and under which names.

use chrono::Duration;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Reject, Submit, Unpublish};

use crate::support::{Accountant, Approver, Author, Editor, Site, in_minutes, person::Handle, stable};

/// A new version of a live article, approved by somebody else and published.
async fn republished(site: &Site, article: &Handle, patch: Value) -> Handle {
    let editor = site.person([Editor]).await;
    let edited = editor.edits(article, patch).await;
    let approver = site.person([Approver]).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await
}

#[actix_web::test]
async fn an_article_is_delivered_whole() {
    let site = Site::start().await;
    let (picture, document) = (site.media("image").await, site.media("document").await);
    let related = site.live(site.article().await.titled("Tin liên quan").tagged(["Thi đua"])).await;
    let article = site.article().await.tagged(["Tiếp công dân", "Lịch công tác"]).with("page_count", 2);
    let article = article.with("author", json!({ "name": "Văn phòng UBND tỉnh" })).with("legacy_id", 1024);
    let article = article.with("image", json!({ "media_id": picture, "alt": "Trụ sở" }));
    let article = article.with("attachments", json!([{ "media_id": document, "title": "Toàn văn" }]));
    let article = article.with("related", json!([related.id])).with("summary", "Ngày 15 hằng tháng.");

    let live = site.live(article.with("source", json!({ "name": "Cổng thông tin" }))).await;

    insta::assert_json_snapshot!("delivered_article", stable(&site.public(&live).await.is(200).body));
}

#[actix_web::test]
async fn an_article_is_found_by_its_id_and_by_its_slug() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;

    let by_id = site.public(&live).await;
    let by_slug = site.get(&format!("/api/v1/articles/{}", live.slug())).await;

    assert_eq!(
        (by_id.is(200).bytes.clone(), by_id.header("etag")),
        (by_slug.is(200).bytes.clone(), by_slug.header("etag"))
    );
    site.get("/api/v1/articles/khong-co").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn an_earlier_slug_leads_to_the_present_one_while_the_article_is_live() {
    let site = Site::start().await;
    let first = site.live(site.article().await.with("slug", "cu")).await;
    let live = republished(&site, &first, json!({ "slug": "moi" })).await;

    let earlier = site.get("/api/v1/articles/cu").await;
    assert_eq!(earlier.is(308).header("location"), "/api/v1/articles/moi");
    site.get("/api/v1/articles/moi").await.is(200);
    let author = site.person([Author]).await;
    let taken = author.tries_to_create(site.article().await.with("slug", "cu")).await;
    assert_eq!(taken.is_problem(409, "conflict").errors(), ["/slug taken"]);

    site.person([Approver]).await.does(Unpublish, &live).await;
    for slug in ["cu", "moi"] {
        site.get(&format!("/api/v1/articles/{slug}")).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn an_article_may_return_to_its_earlier_slug() {
    let site = Site::start().await;
    let first = site.live(site.article().await.with("slug", "cu")).await;
    let second = republished(&site, &first, json!({ "slug": "moi" })).await;

    republished(&site, &second, json!({ "slug": "cu" })).await;

    site.get("/api/v1/articles/cu").await.is(200);
    assert_eq!(site.get("/api/v1/articles/moi").await.is(308).header("location"), "/api/v1/articles/cu");
}

#[actix_web::test]
async fn a_slug_that_only_an_edit_has_is_not_public() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("slug", "cu")).await;
    site.person([Editor]).await.edits(&live, json!({ "slug": "moi" })).await;

    site.get("/api/v1/articles/moi").await.is_problem(404, "not_found");
    site.get("/api/v1/articles/cu").await.is(200);
}

#[actix_web::test]
async fn a_scheduled_slug_neither_answers_nor_redirects_before_its_time() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("slug", "cu")).await;
    let editor = site.person([Editor]).await;
    let edited = editor.edits(&live, json!({ "slug": "moi" })).await;
    let approver = site.person([Approver]).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    approver.publishes_with(&approved, json!({ "publish_at": in_minutes(30) })).await;

    site.get("/api/v1/articles/moi").await.is_problem(404, "not_found");
    site.get("/api/v1/articles/cu").await.is(200);
    site.time_passes(Duration::minutes(31));
    site.get("/api/v1/articles/moi").await.is(200);
    assert_eq!(site.get("/api/v1/articles/cu").await.is(308).header("location"), "/api/v1/articles/moi");
}

#[actix_web::test]
async fn related_articles_are_shown_in_order_and_only_while_public() {
    let site = Site::start().await;
    let article = site.article().await;
    let (one, two) = (site.live(article.clone().titled("Một")).await, site.live(article.clone().titled("Hai")).await);
    let draft = site.person([Author]).await.creates(article.clone()).await;
    let live = site.live(article.with("related", json!([two.id, draft.id, one.id]))).await;
    let related = async || -> Vec<Value> {
        let answer = site.public(&live).await;
        answer.data()["related"].as_array().unwrap().iter().map(|card| card["title"].clone()).collect()
    };

    assert_eq!(related().await, ["Hai", "Một"]);
    let approver = site.person([Approver]).await;
    let withdrawn = approver.does(Unpublish, &two).await;
    assert_eq!(related().await, ["Một"]);
    approver.publishes(&withdrawn).await;
    assert_eq!(related().await, ["Hai", "Một"]);
}

#[actix_web::test]
async fn translations_are_linked_both_ways() {
    let site = Site::start().await;
    let article = site.article().await;
    let vietnamese = site.live(article.clone().titled("Lịch")).await;
    let english = article.titled("Schedule").with("locale", "en").with("translations", json!([vietnamese.id]));
    let draft = site.person([Author]).await.creates(english.clone()).await;
    assert_eq!(site.public(&vietnamese).await.data()["translations"], json!([]), "a draft translates nothing yet");
    let english = site.live(english).await;

    let of = async |article: &Handle| site.public(article).await.data()["translations"].clone();

    let link = |to: &Handle, locale: &str| json!([{ "id": to.id, "locale": locale, "slug": to.slug(), "title": to.field("title") }]);
    assert_eq!(of(&vietnamese).await, link(&english, "en"));
    assert_eq!(of(&english).await, link(&vietnamese, "vi"));
    assert_ne!(draft.id, english.id);
}

#[actix_web::test]
async fn nothing_of_the_newsroom_is_in_a_public_answer() {
    let site = Site::start().await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    let submitted = author.submits(site.article().await).await;
    let comment = json!({ "comment": "Ý kiến nội bộ" });
    let approved = approver.tries_with(tintuc::newsroom::Transition::Approve, &submitted, comment).await;
    approved.is(200);
    let live = approver.publishes(&approver.sees(&submitted).await).await;
    let accountant = site.person([Accountant]).await;
    let royalty = accountant.request(reqwest::Method::PUT, &format!("/articles/{}/royalty", live.id));
    site.send(royalty.json(&json!({ "amount": 987_654 }))).await.is(200);

    let (id, slug) = (&live.id, live.slug());
    for path in
        ["/articles", &format!("/articles/{id}"), &format!("/articles/{slug}"), &format!("/articles/{id}/views")]
    {
        let answer = site.get(&format!("/api/v1{path}")).await;
        let text = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.is(200).bytes));
        let [author_id, approver_id] = [&author, &approver].map(|person| person.id.to_string());
        for secret in
            ["@", "Phòng ", "nội bộ", "987654", "royalty", "approval", "\"version\"", "_by\"", &author_id, &approver_id]
        {
            assert!(!text.contains(secret), "{path} tells {secret}: {text}");
        }
    }
}

#[actix_web::test]
async fn what_is_not_public_is_not_there_by_any_name() {
    let site = Site::start().await;
    let (author, chief) = (site.person([Author]).await, site.person([Approver, Editor]).await);
    let article = site.article().await;
    let renamed = async || {
        republished(&site, &site.live(article.clone()).await, json!({ "slug": null, "title": "Tên mới" })).await
    };
    let draft = author.creates(article.clone()).await;
    let pending = author.submits(article.clone()).await;
    let rejected = author.submits(article.clone()).await;
    chief.tries_with(Reject, &rejected, json!({ "comment": "Thiếu" })).await.is(200);
    let approved = site.approved(article.clone()).await;
    let later = json!({ "publish_at": in_minutes(600) });
    let scheduled = chief.publishes_with(&site.approved(article.clone()).await, later).await;
    let withdrawn = chief.does(Unpublish, &renamed().await).await;
    let trashed = renamed().await;
    chief.tries_to_delete(&trashed, "?reason=x").await.is(204);
    let expired = chief.publishes_with(&renamed().await, json!({ "expires_at": in_minutes(30) })).await;
    site.time_passes(Duration::minutes(31));

    for hidden in [draft, pending, rejected, approved, scheduled, withdrawn, trashed, expired] {
        site.public(&hidden).await.is_problem(404, "not_found");
        site.get(&format!("/api/v1/articles/{}/views", hidden.id)).await.is_problem(404, "not_found");
    }
    let slugs = site.slugs();
    assert_eq!(slugs.len(), 11, "three of the eight had another slug before");
    for slug in slugs {
        site.get(&format!("/api/v1/articles/{slug}")).await.is_problem(404, "not_found");
    }
    let list = site.get("/api/v1/articles?count=exact").await;
    assert_eq!((list.rows().len(), &list.body["meta"]["count"]), (0, &json!(0)));
}
