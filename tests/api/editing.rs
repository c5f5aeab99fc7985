//! Editing: merge patches, and the entity tags without which nobody overwrites anybody.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Submit;

use crate::support::{Author, Editor, Site, an_article};

#[actix_web::test]
async fn a_patch_merges_as_rfc_7396_has_it() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article =
        || an_article().with("summary", "b").tagged(["b"]).with("source", json!({ "name": "b", "url": null }));
    for (patch, field, result) in [
        (json!({ "summary": "c" }), "summary", json!("c")),
        (json!({ "external_url": "https://c.example/" }), "summary", json!("b")),
        (json!({ "summary": null }), "summary", Value::Null),
        (json!({ "summary": null, "external_url": "https://c.example/" }), "external_url", json!("https://c.example/")),
        (json!({ "tags": ["c", "d"] }), "tags", json!(["c", "d"])),
        (json!({ "tags": null }), "tags", json!([])),
        (
            json!({ "source": { "url": "https://c.example/" } }),
            "source",
            json!({ "name": "b", "url": "https://c.example/" }),
        ),
        (json!({ "source": { "name": "d", "url": null } }), "source", json!({ "name": "d", "url": null })),
        (json!({ "source": null }), "source", Value::Null),
        (json!({ "seo": { "title": "c" } }), "seo", json!({ "title": "c", "description": null })),
        (json!({ "seo": { "title": null } }), "seo", json!({ "title": null, "description": null })),
    ] {
        let draft = author.creates(article()).await;

        let edited = author.edits(&draft, patch.clone()).await;

        assert_eq!(edited.field(field), &result, "{patch}");
        assert_eq!(edited.field("body"), draft.field("body"), "{patch}");
    }
}

#[actix_web::test]
async fn a_patch_may_be_announced_as_plain_json() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article().with("kicker", "Hội nghị")).await;
    let patch = json!({ "title": "Lịch tiếp công dân", "kicker": null });

    let request = author.request(Method::PATCH, &format!("/articles/{}", draft.id)).header("If-Match", &draft.etag);
    let edited = site.send(request.json(&patch)).await;

    assert_eq!(edited.is(200).data()["title"], "Lịch tiếp công dân");
    assert_eq!(edited.data()["kicker"], Value::Null);
}

#[actix_web::test]
async fn a_patch_of_the_wrong_shape_is_refused_with_its_pointer() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article()).await;
    for (patch, error) in [
        (json!(["c"]), " wrong_type"),
        (json!("bar"), " wrong_type"),
        (Value::Null, " wrong_type"),
        (json!({ "summary": ["c"] }), "/summary wrong_type"),
        (json!({ "tags": "c" }), "/tags wrong_type"),
        (json!({ "tags": ["c", null] }), "/tags/1 wrong_type"),
        (json!({ "featured": null }), "/featured wrong_type"),
        (json!({ "page_count": null }), "/page_count wrong_type"),
        (json!({ "photo_count": null }), "/photo_count wrong_type"),
        (json!({ "locale": null }), "/locale wrong_type"),
        (json!({ "page_count": -1 }), "/page_count too_small"),
        (json!({ "approval": "approved" }), "/approval unknown_field"),
        (json!({ "source": { "url": "https://c.example/" } }), "/source/name required"),
    ] {
        let refusal = author.tries_to_edit(&draft, patch).await;

        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    assert_eq!(author.sees(&draft).await.etag, draft.etag);
}

#[actix_web::test]
async fn category_and_author_are_replaced_whole() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let elsewhere = site.category("Kinh tế").await;
    let draft = author.creates(site.article().await.with("author", json!({ "name": "Sở Y tế" }))).await;

    let edited = author.edits(&draft, json!({ "category": elsewhere, "author": { "name": "Sở Nội vụ" } })).await;
    let emptied = author.edits(&edited, json!({ "category": null, "author": null })).await;

    assert_eq!(
        (&edited.field("category")["slug"], &edited.field("author")["name"]),
        (&json!(elsewhere), &json!("Sở Nội vụ"))
    );
    assert_eq!((emptied.field("category"), emptied.field("author")), (&Value::Null, &Value::Null));
}

#[actix_web::test]
async fn a_patch_may_be_plain_json_and_nothing_else() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article()).await;
    let patch = |content_type: &str| {
        let request = author.request(Method::PATCH, &format!("/articles/{}", draft.id)).header("If-Match", &draft.etag);
        site.send(request.header("Content-Type", content_type).body(r#"{"title":"Lịch mới"}"#))
    };

    patch("text/plain").await.is_problem(415, "unsupported_media_type");
    let edited = patch("application/json; charset=utf-8").await;

    assert_eq!(edited.is(200).data()["title"], "Lịch mới");
    assert_eq!(edited.data()["slug"], "lich-tiep-cong-dan-thang-12", "a new title never changes the slug");
}

#[actix_web::test]
async fn a_patch_that_changes_nothing_makes_no_version_and_keeps_the_approval() {
    let site = Site::start().await;
    let approved =
        site.approved(site.article().await.tagged(["Bán"]).with("author", json!({ "name": "Sở Y tế" }))).await;
    let editor = site.person([Editor]).await;
    let same = json!({ "title": approved.field("title"), "tags": ["BÁN"], "author": { "name": "SỞ Y TẾ" } });

    for patch in [json!({}), same] {
        let kept = editor.edits(&approved, patch).await;

        assert_eq!((kept.field("approval"), kept.field("version")), (&json!("approved"), &json!(1)));
        assert_eq!(kept.etag, approved.etag);
    }
    assert_eq!(site.events(&approved), ["article.created", "article.submitted", "article.approved"]);
}

#[actix_web::test]
async fn an_edit_without_an_entity_tag_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article()).await;
    let path = format!("/articles/{}", draft.id);
    let patch = || author.request(Method::PATCH, &path).json(&json!({ "title": "Lịch mới" }));

    site.send(patch()).await.is_problem(428, "precondition_required");
    site.send(patch().header("If-Match", "*")).await.is_problem(428, "precondition_required");
    site.send(patch().header("If-Match", "v1")).await.is_problem(400, "bad_request");
    assert_eq!(author.sees(&draft).await.field("version"), 1);
}

#[actix_web::test]
async fn an_edit_of_an_old_copy_is_told_what_changed_since() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let first = author.creates(an_article()).await;
    let second = author.edits(&first, json!({ "title": "Lịch mới", "featured": true })).await;
    let third = author.edits(&second, json!({ "summary": "Ngày 15" })).await;

    let refusal = author.tries_to_edit(&first, json!({ "title": "Lịch khác" })).await;

    refusal.is_problem(412, "stale_version");
    assert_eq!((refusal.header("etag"), &refusal.body["current_etag"]), (third.etag.clone(), &json!(third.etag)));
    assert_eq!(refusal.body["changed"], json!(["featured", "summary", "title"]));
}

#[actix_web::test]
async fn a_transition_since_is_told_as_well() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(site.article().await).await;
    author.does(Submit, &draft).await;

    let refusal = author.tries_to_edit(&draft, json!({ "title": "Lịch khác" })).await;

    assert_eq!(refusal.is_problem(412, "stale_version").body["changed"], json!(["approval", "status"]));
}

#[actix_web::test]
async fn of_two_edits_of_the_same_copy_exactly_one_is_kept() {
    let site = Site::start().await;
    let draft = site.person([Author]).await.creates(an_article()).await;
    let (one, other) = (site.person([Editor]).await, site.person([Editor]).await);
    for round in 0..5 {
        let now = one.sees(&draft).await;

        let (first, second) = tokio::join!(
            one.tries_to_edit(&now, json!({ "title": format!("Bản thứ nhất {round}") })),
            other.tries_to_edit(&now, json!({ "title": format!("Bản thứ hai {round}") })),
        );

        let (kept, refused) = if first.status == 200 { (first, second) } else { (second, first) };
        refused.is_problem(412, "stale_version");
        assert_eq!(one.sees(&draft).await.field("title"), &kept.is(200).data()["title"]);
        assert_eq!(kept.data()["version"], round + 2);
    }
}

#[actix_web::test]
async fn an_editor_of_one_category_cannot_move_an_article_out_of_it() {
    let site = Site::start().await;
    let (here, elsewhere) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let editor = site.person_with(&[format!("editor@{here}")]).await;
    let article = site.person([Author]).await.creates(an_article().filed_under(&here)).await;

    editor.tries_to_edit(&article, json!({ "category": elsewhere })).await.is_problem(403, "forbidden");

    assert_eq!(editor.sees(&article).await.field("category")["slug"], here.as_str());
}
