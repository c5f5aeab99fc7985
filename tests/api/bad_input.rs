//! Input that must be refused: each with a problem document that says where, and nothing stored.

use serde_json::json;

use crate::support::{Author, Site, an_article, refused};

#[actix_web::test]
async fn every_error_is_named_at_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = json!({
        "title": 7, "summary": "x".repeat(1001), "page_count": -1, "photo_count": 1.5, "featured": "yes",
        "locale": "Vietnamese", "tags": [""], "seo": { "keywords": "a" }, "image": {}, "unknown": 1,
    });

    let refusal = refused(&site, &author, article.to_string().as_bytes()).await;

    refusal.is_problem(422, "validation_failed");
    let expected = [
        "/featured wrong_type",
        "/image/media_id required",
        "/locale invalid_format",
        "/page_count too_small",
        "/photo_count wrong_type",
        "/seo/keywords unknown_field",
        "/summary too_long",
        "/tags/0 too_short",
        "/title wrong_type",
        "/unknown unknown_field",
    ];
    assert_eq!(refusal.errors(), expected);
}

#[actix_web::test]
async fn what_names_nothing_is_refused_all_at_once() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    let article = json!({
        "title": "a", "category": "khong-co", "article_type": "poem", "author": nowhere, "related": [nowhere],
        "image": { "media_id": nowhere }, "audio": { "media_id": nowhere }, "tags": ["mới"],
    });

    let refusal = refused(&site, &author, article.to_string().as_bytes()).await;

    refusal.is_problem(422, "validation_failed");
    let expected = [
        "/article_type unknown",
        "/audio/media_id unknown",
        "/author unknown",
        "/category unknown",
        "/image/media_id unknown",
        "/related/0 unknown",
    ];
    assert_eq!(refusal.errors(), expected);
}

#[actix_web::test]
async fn what_only_the_system_writes_is_refused_by_name() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;

    for (field, value) in [
        ("approval", json!("approved")),
        ("status", json!("live")),
        ("created_by", json!(author.id)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_by", json!(author.id)),
        ("views", json!(1_000_000)),
        ("version", json!(9)),
        ("first_published_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("royalty", json!({ "amount": 1, "currency": "VND" })),
        ("id", json!("01890a5d-ac96-774b-bcce-b302099a8057")),
        ("content_type", json!("x")),
    ] {
        let refusals = [
            refused(&site, &author, json!({ "title": "a", field: value }).to_string().as_bytes()).await,
            author.tries_to_edit(&article, json!({ field: value })).await,
        ];
        for refusal in refusals {
            refusal.is_problem(422, "validation_failed");
            assert_eq!(refusal.errors(), [format!("/{field} unknown_field")]);
        }
    }
    assert_eq!(author.sees(&article).await.data, article.data);
}

#[actix_web::test]
async fn a_number_out_of_range_is_named() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (field, value, error) in [
        ("page_count", "100001", "too_large"),
        ("page_count", "1.5", "wrong_type"),
        ("photo_count", "99999999999999999999", "too_large"),
        ("photo_count", "-1e300", "too_small"),
        ("legacy_id", "0", "too_small"),
        ("legacy_id", "9007199254740993", "too_large"),
        ("legacy_id", "18446744073709551615", "too_large"),
        ("legacy_id", "1e300", "too_large"),
    ] {
        let refusal = refused(&site, &author, format!(r#"{{"{field}": {value}}}"#).as_bytes()).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), [format!("/{field} {error}")], "{value}");
    }
}

#[actix_web::test]
async fn a_text_of_one_mebibyte_is_kept_and_one_byte_more_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let text = |bytes: usize| format!("<p>{}</p>", "x".repeat(bytes - "<p></p>".len()));

    let refusal = refused(&site, &author, json!({ "body": text(1_048_577) }).to_string().as_bytes()).await;

    refusal.is_problem(422, "validation_failed");
    assert_eq!(refusal.errors(), ["/body too_long"]);
    let kept = author.creates(an_article().with("body", text(1_048_576))).await;
    assert_eq!(kept.field("body").as_str().unwrap().len(), 1_048_576);
}

#[actix_web::test]
async fn a_title_has_300_characters_at_most_and_one_at_least() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (title, error) in
        [("ạ".repeat(301), "too_long"), (String::new(), "too_short"), (" \u{200b}\n".into(), "too_short")]
    {
        let refusal = refused(&site, &author, json!({ "title": title }).to_string().as_bytes()).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), [format!("/title {error}")]);
    }
    author.creates(an_article().titled(&"ạ".repeat(300))).await;
}

#[actix_web::test]
async fn a_date_that_is_none_or_has_no_zone_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for date in [
        "2021-02-29T08:00:00Z",
        "10000-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "2026-11-20T08:00:00",
        "2026-11-20",
        "2026-13-01T00:00:00Z",
        "2026-11-20T24:01:00Z",
        "2026-11-20T08:00:00+25:00",
        "20/11/2026",
        "",
        "1763600000",
    ] {
        let refusal = refused(&site, &author, json!({ "published_at": date }).to_string().as_bytes()).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), ["/published_at invalid_format"], "{date}");
    }
}

#[actix_web::test]
async fn a_date_with_a_zone_is_kept_in_utc() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (given, kept) in [
        ("2026-11-20T08:00:00+07:00", "2026-11-20T01:00:00Z"),
        ("2024-02-29T00:30:00+07:00", "2024-02-28T17:30:00Z"),
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
    ] {
        let article = author.creates(an_article().with("published_at", given)).await;
        assert_eq!(article.field("published_at"), kept);
    }
}

#[actix_web::test]
async fn only_web_addresses_are_addresses() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for url in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://a.example/",
        "/tin/1",
        "//a.example/",
        "http://",
        "a.example",
        " ",
        "java\nscript:alert(1)",
        "ht\ntp://a.example/",
        " https://a.example/",
        "https://a.example/tin moi",
    ] {
        let article = json!({ "external_url": url, "source": { "name": "Báo", "url": url } });
        let refusal = refused(&site, &author, article.to_string().as_bytes()).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), ["/external_url invalid_format", "/source/url invalid_format"], "{url}");
    }
    let kept = author.creates(an_article().with("external_url", "https://congbao.example/12?a=b#c")).await;
    assert_eq!(kept.field("external_url"), "https://congbao.example/12?a=b#c");
}

#[actix_web::test]
async fn a_refused_edit_changes_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article()).await;

    for patch in [json!([]), json!({ "title": 7 }), json!({ "locale": null }), json!({ "seo": { "title": 1 } })] {
        author.tries_to_edit(&article, patch).await.is_problem(422, "validation_failed");
    }

    assert_eq!(author.sees(&article).await.data, article.data);
}

#[actix_web::test]
async fn an_article_is_not_made_of_nothing() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    refused(&site, &author, b"null").await.is_problem(422, "validation_failed");
    refused(&site, &author, b"").await.is_problem(400, "bad_request");
}
