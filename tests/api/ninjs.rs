//! Articles as news items of ninjs 3.3.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::{
    newsroom::Transition::{Submit, Unpublish},
    syndication::ninjs,
};

use crate::support::{
    Approver, Author, Editor, Site, an_article,
    article::ArticleBuilder,
    files::{jpeg, pdf, wav},
    person::Handle,
};

/// An article with all that an item can hold.
async fn a_full_article(site: &Site) -> ArticleBuilder {
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(400, 300)).await;
    let recording = editor.uploads("Bản tin.wav", &wav(2)).await;
    let document = editor.uploads("Kế hoạch.pdf", &pdf("x")).await;
    let near = site.live(site.article().await.titled("Tin gần")).await;
    let other = site.live(site.article().await.titled("In English").with("locale", "en")).await;
    let above = site.category("Tin Chuyên Ngành").await;
    let article = an_article().titled("Tiêu đề").filed_under(&site.category_below("Nông nghiệp", Some(&above)).await);
    let article =
        article.tagged(["Thi đua", "Đê điều"]).with("summary", "Tóm tắt").with("kicker", "Phòng, chống thiên tai");
    let article = article.with("author", json!({ "name": "Văn phòng UBND" })).with("legacy_id", 12);
    let article = article.with("body", format!("<p>Một hai ba</p><img src=\"{}\" alt=\"x\">", picture.url()));
    let article = article.with("source", json!({ "name": "Cổng Chính phủ", "url": "https://chinhphu.example/1" }));
    let article = article.with("image", json!({ "media_id": picture.id, "alt": "Trụ sở", "caption": "Sáng nay" }));
    let article = article.with("audio", json!({ "media_id": recording.id, "title": "Nghe" }));
    let article = article.with("attachments", json!([{ "media_id": document.id, "title": "Toàn văn" }]));
    article.with("related", json!([near.id])).with("translations", json!([other.id]))
}

fn path(article: &Handle) -> String {
    format!("/api/v1/articles/{}/ninjs", article.id)
}

#[actix_web::test]
async fn an_article_is_a_news_item_with_all_that_belongs_to_it() {
    let site = Site::start().await;
    let live = site.live(a_full_article(&site).await).await;
    let shown = site.public(&live).await.data().clone();

    let answer = site.get(&path(&live)).await;
    let item = &answer.is(200).body;

    assert_eq!(item["uri"], format!("urn:uuid:{}", live.id));
    for (field, value) in [
        ("type", json!("text")),
        ("pubStatus", json!("usable")),
        ("language", json!("vi")),
        ("by", json!("Văn phòng UBND")),
        ("slugline", shown["slug"].clone()),
        ("firstCreated", shown["first_published_at"].clone()),
        ("versionCreated", shown["last_published_at"].clone()),
        ("contentCreated", shown["published_at"].clone()),
        ("genres", json!([{ "name": "Thông báo", "literal": "announcement" }])),
        (
            "infoSources",
            json!([{ "name": "Cổng Chính phủ", "role": "originator", "uri": "https://chinhphu.example/1" }]),
        ),
        ("altIds", json!([{ "role": "id", "value": live.id }, { "role": "legacy", "value": "12" }])),
    ] {
        assert_eq!(item[field], value, "{field}");
    }
    let values = |list: &str| -> Vec<String> {
        let parts = item[list].as_array().unwrap().iter();
        parts.map(|it| format!("{}: {}", it["role"].as_str().unwrap(), it["value"].as_str().unwrap())).collect()
    };
    assert_eq!(values("headlines"), ["main: Tiêu đề", "kicker: Phòng, chống thiên tai"]);
    assert_eq!(values("descriptions"), ["summary: Tóm tắt"]);
    let body = &item["bodies"][0];
    assert_eq!((&body["contentType"], &body["wordCount"]), (&json!("text/html"), &json!(3)));
    assert!(body["value"].as_str().unwrap().contains(&format!("src=\"{}/media/", site.base)), "{body}");
    let subjects: Vec<String> = item["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["rel"].as_str().unwrap(), it["name"].as_str().unwrap()))
        .collect();
    assert_eq!(subjects, ["category Nông nghiệp", "broader Tin Chuyên Ngành", "keyword Thi đua", "keyword Đê điều"]);
    let belonging: Vec<String> = item["associations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| [&it["rel"], &it["type"], &it["name"]].map(|part| part.as_str().unwrap()).join(" "))
        .collect();
    assert_eq!(
        belonging,
        [
            "picture picture Sáng nay",
            "audio audio Nghe",
            "attachment component Toàn văn",
            "related text Tin gần",
            "translation text In English",
        ]
    );
    assert_eq!(item["associations"][1]["renditions"][0]["duration"], 2.0);
    for association in &item["associations"].as_array().unwrap()[..3] {
        for rendition in association["renditions"].as_array().unwrap() {
            let place = rendition["href"].as_str().unwrap().strip_prefix(&site.base).expect("an absolute address");
            let head = site.send(site.request(Method::HEAD, place)).await;
            assert_eq!(head.is(200).header("content-type"), rendition["contentType"].as_str().unwrap());
            if let Some(size) = rendition["sizeInBytes"].as_u64() {
                assert_eq!(head.header("content-length"), size.to_string());
            }
        }
    }
    assert_eq!(item["standard"]["version"], "3.3");
}

#[actix_web::test]
async fn an_item_is_found_by_slug_kept_and_moves_with_its_article() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Trước")).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let draft = site.person([Author]).await.creates(site.article().await).await;
    site.get(&path(&draft)).await.is_problem(404, "not_found");
    site.get("/api/v1/articles/khong-co/ninjs").await.is_problem(404, "not_found");
    let by_slug = format!("/api/v1/articles/{}/ninjs", live.slug());
    let before = site.get(&by_slug).await;
    let statements = site.app.delivery.statements();
    site.send(site.request(Method::GET, &by_slug).header("if-none-match", before.header("etag"))).await.is(304);
    assert_eq!(site.app.delivery.statements(), statements);

    let edited = editor.edits(&editor.sees(&live).await, json!({ "title": "Sau" })).await;
    let live = approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;

    let after = site.get(&by_slug).await;
    assert_eq!(after.body["headlines"][0]["value"], "Sau");
    assert_eq!(after.body["uri"], before.body["uri"]);
    assert_eq!(after.body["firstCreated"], before.body["firstCreated"]);
    let version = |item: &Value| item["version"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(version(&after.body) > version(&before.body));
    approver.does(Unpublish, &live).await;
    site.get(&by_slug).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn corrections_and_notices_reach_agencies() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let edited = editor.edits(&editor.sees(&live).await, json!({ "title": "Đã sửa" })).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    let live = approver.publishes_with(&approved, json!({ "correction": "Ngày họp là 15/12" })).await;

    let item = site.get(&path(&live)).await.is(200).body.clone();

    assert_eq!((&item["edNote"], &item["pubStatus"]), (&json!("Ngày họp là 15/12"), &json!("usable")));
    assert_eq!(item["descriptions"][0]["role"], "correction");
    if let Some(schema) = published_schema() {
        assert!(schema.is_valid(&item), "{item:#}");
    }
    approver.tries_with(Unpublish, &live, json!({ "notice": "Số liệu sai" })).await.is(200);
    assert_eq!(site.get(&path(&live)).await.is_problem(410, "gone").body["notice"], "Số liệu sai");
}

/// The schema that the IPTC publishes, where it is at hand: it is not part of this repository.
fn published_schema() -> Option<jsonschema::Validator> {
    let Some(path) = std::env::var_os("TINTUC_NINJS_SCHEMA") else {
        println!("skipped: TINTUC_NINJS_SCHEMA names no schema");
        return None;
    };
    let schema = std::fs::read(path).expect("TINTUC_NINJS_SCHEMA names a file");
    let mut schema: Value = serde_json::from_slice(&schema).expect("a schema");
    // Shapes of places are described elsewhere, and none is sent.
    schema["$defs"]["ninjsType"]["properties"]["places"]["items"]["properties"]["geoJSON"] = json!(false);
    Some(jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema"))
}

#[actix_web::test]
async fn items_are_valid_by_the_schema_that_is_published() {
    let Some(schema) = published_schema() else { return };
    let check = |item: &Value| {
        let errors: Vec<String> =
            schema.iter_errors(item).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{item:#}");
    };
    assert!(!schema.is_valid(&json!({ "uri": "urn:x:1", "pubstatus": "usable" })), "it is a schema of 3.0 or later");
    let site = Site::start().await;
    let full = site.live(a_full_article(&site).await).await;
    let bare = site.article().await.without("body").with("external_url", "https://congbao.example/1");
    let bare = site.live(bare).await;
    for article in [&full, &bare] {
        check(&site.get(&path(article)).await.is(200).body);
    }
    let at: DateTime<Utc> = "2026-11-27T08:00:00Z".parse().unwrap();
    for note in [None, Some("Thu hồi theo công văn 12".to_owned())] {
        check(&serde_json::to_value(ninjs::withdrawn(full.uuid(), at, note)).unwrap());
    }
}

#[test]
fn what_was_taken_back_is_canceled() {
    let (id, at) = (uuid::Uuid::nil(), "2026-11-27T08:00:00Z".parse().unwrap());
    let item = serde_json::to_value(ninjs::withdrawn(id, at, Some("Sai số liệu".to_owned()))).unwrap();
    assert_eq!(item["uri"], "urn:uuid:00000000-0000-0000-0000-000000000000");
    assert_eq!((&item["pubStatus"], &item["edNote"]), (&json!("canceled"), &json!("Sai số liệu")));
    assert_eq!((&item["versionCreated"], &item["bodies"]), (&json!("2026-11-27T08:00:00Z"), &Value::Null));
}
