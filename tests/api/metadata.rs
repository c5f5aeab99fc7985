//! What a page of an article tells search engines and whoever shares it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Unpublish;
use url::Url;

use crate::{
    corrections::revised,
    support::{Admin, Answer, Approver, Editor, Site, in_minutes, person::Handle},
};

async fn portal() -> Site {
    Site::with(|settings| {
        settings.site_url = Some(Url::parse("https://tinh.example").expect("a URL"));
        settings.article_url = Some("{site}/{category}/{slug}.html".to_owned());
        settings.publisher.publisher_name = Some("Cổng thông tin điện tử tỉnh".to_owned());
        settings.publisher.publisher_logo = Some(Url::parse("https://tinh.example/logo.png").expect("a URL"));
    })
    .await
}

async fn metadata(site: &Site, article: &Handle) -> Answer {
    site.get(&format!("/api/v1/articles/{}/metadata", article.id)).await
}

/// What Open Graph says of a property, each time it does.
fn said<'a>(metadata: &'a Answer, property: &str) -> Vec<&'a str> {
    let properties = metadata.data()["open_graph"].as_array().unwrap().iter();
    properties.filter(|one| one["property"] == property).map(|one| one["content"].as_str().unwrap()).collect()
}

/// All texts in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(all) => all.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn all_that_is_known_of_an_article_is_told_to_machines() {
    let site = portal().await;
    let (image, audio) = (site.media("image").await, site.media("audio").await);
    let article = site.article().await.titled("Bão số 9").with("slug", "bao-so-9").tagged(["Bão", "Thiên tai"]);
    let article = article
        .with("summary", "Bão vào bờ đêm nay.")
        .with("author", json!({ "name": "Sở Nông nghiệp" }))
        .with("published_at", "2026-09-01T08:00:00+07:00")
        .with("image", json!({ "media_id": image, "alt": "Sóng lớn", "caption": "Biển động" }))
        .with("audio", json!({ "media_id": audio, "title": "Nghe bản tin" }));
    let first = site.live(article).await;
    let note = "Bản trước ghi sai tên bão.";
    let expires = in_minutes(60);
    let input = json!({ "correction": note, "expires_at": expires });
    let live = site.person([Approver]).await.publishes_with(&revised(&site, &first, "Bão số 10").await, input).await;

    let metadata = metadata(&site, &live).await;

    let public = site.public(&live).await.data().clone();
    let page = "https://tinh.example/thong-bao/bao-so-9.html";
    let publisher = json!({
        "@type": "Organization",
        "name": "Cổng thông tin điện tử tỉnh",
        "logo": { "@type": "ImageObject", "url": "https://tinh.example/logo.png" },
    });
    let share = public["image"]["renditions"].as_array().unwrap().iter();
    let share = share.clone().find(|one| one["preset"] == "share" && one["mime_type"] == "image/jpeg").unwrap();
    assert_eq!(metadata.is(200).data()["canonical"], page);
    assert_eq!(
        metadata.data()["json_ld"],
        json!({
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "mainEntityOfPage": { "@type": "WebPage", "@id": page },
            "url": page,
            "headline": "Bão số 10",
            "description": "Bão vào bờ đêm nay.",
            "image": [
                { "@type": "ImageObject", "url": public["image"]["url"], "width": 1600, "height": 900, "caption": "Biển động" },
                { "@type": "ImageObject", "url": share["url"], "width": 1200, "height": 630, "caption": "Biển động" },
            ],
            "datePublished": "2026-09-01T01:00:00Z",
            "dateModified": public["last_published_at"],
            "expires": public["expires_at"],
            "author": { "@type": "Organization", "name": "Sở Nông nghiệp" },
            "publisher": publisher,
            "articleSection": "Thông báo",
            "keywords": ["Bão", "Thiên tai"],
            "inLanguage": "vi",
            "isAccessibleForFree": true,
            "correction": [
                { "@type": "CorrectionComment", "text": note, "datePublished": public["corrections"][0]["at"] },
            ],
            "audio": {
                "@type": "AudioObject",
                "contentUrl": public["audio"]["url"],
                "encodingFormat": public["audio"]["mime_type"],
                "duration": "PT1S",
                "name": "Nghe bản tin",
            },
        })
    );
    let modified = public["last_published_at"].as_str().unwrap();
    for (property, content) in [
        ("og:type", vec!["article"]),
        ("og:title", vec!["Bão số 10"]),
        ("og:description", vec!["Bão vào bờ đêm nay."]),
        ("og:url", vec![page]),
        ("og:site_name", vec!["Cổng thông tin điện tử tỉnh"]),
        ("og:locale", vec!["vi_VN"]),
        ("og:image", vec![share["url"].as_str().unwrap()]),
        ("og:image:width", vec!["1200"]),
        ("og:image:height", vec!["630"]),
        ("og:image:alt", vec!["Sóng lớn"]),
        ("article:published_time", vec!["2026-09-01T01:00:00Z"]),
        ("article:modified_time", vec![modified]),
        ("article:section", vec!["Thông báo"]),
        ("article:tag", vec!["Bão", "Thiên tai"]),
    ] {
        assert_eq!(said(&metadata, property), content, "{property}");
    }
    let mut all = Vec::new();
    texts(metadata.data(), &mut all);
    assert!(all.iter().all(|text| !text.starts_with('/')), "every address is absolute: {all:?}");
}

#[actix_web::test]
async fn what_is_not_known_is_left_out() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;

    let metadata = metadata(&site, &live).await;

    let page = format!("{}/api/v1/articles/{}", site.base, live.slug());
    assert_eq!(metadata.is(200).data()["canonical"], page);
    let fields: BTreeSet<&str> = metadata.data()["json_ld"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "@context",
        "@type",
        "mainEntityOfPage",
        "url",
        "headline",
        "datePublished",
        "dateModified",
        "articleSection",
        "inLanguage",
        "isAccessibleForFree",
    ];
    assert_eq!(fields, BTreeSet::from(expected));
    let said: Vec<&str> =
        metadata.data()["open_graph"].as_array().unwrap().iter().map(|one| one["property"].as_str().unwrap()).collect();
    let expected = [
        "og:type",
        "og:title",
        "og:url",
        "og:locale",
        "article:published_time",
        "article:modified_time",
        "article:section",
    ];
    assert_eq!(said, expected);
}

#[actix_web::test]
async fn machines_are_told_what_was_written_for_them_and_who_publishes_where_nobody_signed() {
    let site = portal().await;
    let seo = json!({ "title": "Tiêu đề cho máy", "description": "Mô tả cho máy </script><b>" });
    let article = site.article().await.with("seo", seo).with("locale", "en").with("summary", "Tóm tắt");
    let unsigned = site.live(article.clone()).await;
    let own = site.live(article.with("author", json!({ "name": "Cổng thông tin điện tử tỉnh" }))).await;
    for article in [&unsigned, &own] {
        let metadata = metadata(&site, article).await;
        let told = &metadata.data()["json_ld"];
        assert_eq!(told["author"], json!({ "@type": "Organization", "name": "Cổng thông tin điện tử tỉnh" }));
        assert_eq!([&told["headline"], &told["description"]], ["Tiêu đề cho máy", "Mô tả cho máy </script><b>"]);
        assert_eq!(
            (said(&metadata, "og:title"), said(&metadata, "og:locale")),
            (vec!["Tiêu đề cho máy"], vec!["en_US"])
        );
    }
}

#[actix_web::test]
async fn an_author_is_a_person_where_an_account_signs_so() {
    let site = portal().await;
    let admin = site.person([Admin]).await;
    let live = site.live(site.article().await.with("author", json!({ "name": "Phóng viên thường trú" }))).await;
    let kind = async || metadata(&site, &live).await.data()["json_ld"]["author"]["@type"].clone();
    assert_eq!(kind().await, "Organization");
    let path = format!("/authors/{}", live.field("author")["id"].as_str().unwrap());
    let author = admin.get(&path).await;

    let link = admin.request(Method::PATCH, &path).header("if-match", author.header("etag"));
    site.send(link.json(&json!({ "user": admin.id }))).await.is(200);

    assert_eq!(kind().await, "Person");
}

#[actix_web::test]
async fn metadata_follow_the_article() {
    let site = portal().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let live = site.live(site.article().await.with("slug", "cu")).await;
    let by_slug = async |slug: &str| site.get(&format!("/api/v1/articles/{slug}/metadata")).await;
    let before = by_slug("cu").await;
    let known = site.app.delivery.statements();
    let again =
        site.request(Method::GET, "/api/v1/articles/cu/metadata").header("if-none-match", before.header("etag"));
    site.send(again).await.is(304);
    assert_eq!(site.app.delivery.statements(), known, "it is kept");

    let edited = editor.edits(&editor.sees(&live).await, json!({ "slug": "moi", "title": "Mới" })).await;
    let next = approver.approves(&editor.does(tintuc::newsroom::Transition::Submit, &edited).await).await;
    let next = approver.publishes(&next).await;

    let moved = by_slug("cu").await;
    assert_eq!(moved.is(308).header("location"), "/api/v1/articles/moi/metadata");
    assert_eq!(by_slug("moi").await.is(200).data()["json_ld"]["headline"], "Mới");
    site.sql("UPDATE categories SET name = 'Tin mới', slug = 'tin-moi'").unwrap();
    site.app.freshness.ask();
    let renamed = by_slug("moi").await;
    assert_eq!(renamed.data()["canonical"], "https://tinh.example/tin-moi/moi.html");
    assert_eq!(said(&renamed, "article:section"), ["Tin mới"]);

    approver.tries_with(Unpublish, &next, json!({ "notice": "Thu hồi" })).await.is(200);
    for slug in ["cu", "moi"] {
        assert_eq!(by_slug(slug).await.is_problem(410, "gone").body["notice"], "Thu hồi");
    }
    by_slug("khac").await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn metadata_cost_three_statements_at_most() {
    let site = portal().await;
    let audio = site.media("audio").await;
    let article = site.article().await.with("author", json!({ "name": "Sở Y tế" }));
    let live = site.live(article.with("audio", json!({ "media_id": audio }))).await;
    site.public(&live).await.is(200);
    let before = site.app.delivery.statements();

    metadata(&site, &live).await.is(200);

    assert_eq!(site.app.delivery.statements() - before, 5, "two of them begin and end the snapshot");
}
