//! Writing articles: what is made of what an editor sends, what is refused, and what is thrown away.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Submit;
use uuid::Uuid;

use crate::support::{Approver, Author, Editor, Site, an_article, stable};

#[actix_web::test]
async fn a_new_article_is_answered_whole_with_its_address_and_entity_tag() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article =
        an_article().filed_under(&site.category("Thông báo").await).tagged(["Tiếp công dân", "Lịch công tác"]);
    let article = article.with("author", json!({ "name": "Văn phòng UBND tỉnh" })).with("page_count", 2);
    let article = article.with("source", json!({ "name": "Cổng thông tin", "url": "https://tin.example/1" }));

    let answer = author.tries_to_create(article).await;

    let id = answer.is(201).data()["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/manage/articles/{id}"));
    let read = author.get(&format!("/articles/{id}")).await;
    assert_eq!((read.header("etag"), read.data()), (answer.header("etag"), answer.data()));
    assert_eq!(read.header("cache-control"), "no-store");
    insta::assert_json_snapshot!("new_article", stable(answer.data()));
}

#[actix_web::test]
async fn a_draft_may_be_empty() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let answer = author.post("/articles", &json!({})).await;

    insta::assert_json_snapshot!("empty_article", stable(answer.is(201).data()));
}

#[actix_web::test]
async fn text_is_kept_in_nfc_and_a_body_is_cleaned() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let body = r#"<p onclick="x()">Ti\u0302n</p><script>x()</script>"#.replace(r"\u0302", "\u{302}");
    let article = an_article().titled("Da\u{302}n va\u{323}\u{302}n khe\u{301}o").with("body", body);

    let article = author.creates(article).await;

    assert_eq!(article.field("title"), "Dân vận khéo");
    assert_eq!(article.field("body"), "<p>T\u{ee}n</p>");
    assert_eq!(article.slug(), "dan-van-kheo");
}

#[actix_web::test]
async fn the_second_article_of_a_title_has_a_numbered_slug() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    author.creates(an_article()).await;

    let second = author.creates(an_article()).await;
    let asked_for = author.tries_to_create(an_article().with("slug", "lich-tiep-cong-dan-thang-12")).await;

    assert_eq!(second.slug(), "lich-tiep-cong-dan-thang-12-2");
    assert_eq!(asked_for.is_problem(409, "conflict").errors(), ["/slug taken"]);
}

#[actix_web::test]
async fn an_author_is_named_by_id_or_by_name_and_made_once() {
    let site = Site::start().await;
    let writer = site.person([Author]).await;
    let by_name = |name: &str| an_article().with("author", json!({ "name": name }));
    let first = writer.creates(by_name("Sở Y tế")).await.field("author").clone();

    let other_case = writer.creates(by_name("SỞ Y TẾ")).await;
    let by_id = writer.creates(an_article().with("author", first["id"].clone())).await;
    let other_marks = writer.creates(by_name("Sơ Y tế")).await;

    assert_eq!(other_case.field("author"), &first);
    assert_eq!(by_id.field("author"), &first);
    assert_ne!(other_marks.field("author")["id"], first["id"]);
    assert_eq!(site.count("authors"), 2);
}

#[actix_web::test]
async fn tags_are_the_same_in_any_case_and_differ_by_their_marks() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let first = author.creates(an_article().tagged(["Bán", "BÁN", "Ba\u{301}n", "Bạn"])).await;
    let second = author.creates(an_article().tagged(["bạn", "ban"])).await;

    assert_eq!(first.field("tags"), &json!(["Bán", "Bạn"]));
    assert_eq!(second.field("tags"), &json!(["Bạn", "ban"]));
    assert_eq!(site.count("tags"), 3);
}

#[actix_web::test]
async fn everything_that_names_nothing_is_refused_at_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let nothing = Uuid::now_v7();
    let article = an_article().filed_under("khong-co").with("article_type", "khong_co");
    let article = article.with("author", nothing.to_string()).with("related", json!([nothing]));
    let article = article.with("translations", json!([nothing])).with("image", json!({ "media_id": nothing }));
    let article =
        article.with("attachments", json!([{ "media_id": nothing }])).with("external_url", "ftp://a.example/");

    let refusal = author.tries_to_create(article).await;

    let errors = refusal.is_problem(422, "validation_failed").errors();
    insta::assert_json_snapshot!("names_of_nothing", errors);
    assert_eq!(site.count("articles"), 0);
}

#[actix_web::test]
async fn a_file_of_another_kind_is_refused() {
    let site = Site::start().await;
    let author = site.person([Editor]).await;
    let (picture, document) = (site.media("image").await, site.media("document").await);
    let with = |image: Uuid| an_article().with("image", json!({ "media_id": image }));

    let refusal = author.tries_to_create(with(document)).await;

    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/image/media_id wrong_kind"]);
    let made = author.creates(with(picture)).await;
    assert_eq!(made.field("image"), &json!({ "media_id": picture, "alt": null, "caption": null }));
}

#[actix_web::test]
async fn what_nobody_writes_is_refused_by_name() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    for field in ["approval", "status", "version", "views", "created_by", "first_published_at", "expires_at", "no/such"]
    {
        let refusal = author.tries_to_create(an_article().with(field, Value::Null)).await;

        let pointer = field.replace('/', "~1");
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [format!("/{pointer} unknown_field")]);
    }
}

#[actix_web::test]
async fn a_legacy_id_belongs_to_one_article() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    author.creates(an_article().with("legacy_id", 1024)).await;
    let other = author.creates(an_article()).await;

    let made = author.tries_to_create(an_article().with("legacy_id", 1024)).await;
    let edited = author.tries_to_edit(&other, json!({ "legacy_id": 1024 })).await;

    assert_eq!(made.is_problem(409, "conflict").errors(), ["/legacy_id taken"]);
    assert_eq!(edited.is_problem(409, "conflict").errors(), ["/legacy_id taken"]);
}

#[actix_web::test]
async fn an_article_in_the_trash_is_nowhere_to_be_found() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article()).await;

    author.tries_to_delete(&draft, "").await.is(204);

    for rest in ["", "/versions", "/versions/1", "/history"] {
        author.get(&format!("/articles/{}{rest}", draft.id)).await.is_problem(404, "not_found");
    }
    author.tries_to_edit(&draft, json!({ "title": "Tin" })).await.is_problem(404, "not_found");
    author.tries(Submit, &draft).await.is_problem(404, "not_found");
    author.tries_to_delete(&draft, "").await.is_problem(404, "not_found");
    assert!(author.get("/articles").await.rows().is_empty());
}

#[actix_web::test]
async fn a_live_article_is_deleted_for_a_reason_by_those_who_may_publish() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let chief = site.person([Editor, Approver]).await;
    let reason = "?reason=Sai%20s%E1%BB%91%20li%E1%BB%87u";

    editor.tries_to_delete(&article, reason).await.is_problem(403, "forbidden");
    approver.tries_to_delete(&article, reason).await.is_problem(403, "forbidden");
    let unexplained = chief.tries_to_delete(&article, "").await;
    assert_eq!(unexplained.is_problem(422, "validation_failed").errors(), ["/reason required"]);
    site.public(&article).await.is(200);
    chief.tries_to_delete(&article, reason).await.is(204);

    site.public(&article).await.is_problem(404, "not_found");
    site.get(&format!("/api/v1/articles/{}", article.slug())).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn a_deletion_needs_the_entity_tag_of_what_is_to_go() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article()).await;
    let edited = author.edits(&draft, json!({ "title": "Lịch mới" })).await;

    let blind = site.send(author.request(Method::DELETE, &format!("/articles/{}", draft.id))).await;
    let stale = author.tries_to_delete(&draft, "").await;

    blind.is_problem(428, "precondition_required");
    assert_eq!(stale.is_problem(412, "stale_version").header("etag"), edited.etag);
    author.looks_at(&draft).await.is(200);
}
