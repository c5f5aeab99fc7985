//! Every field of an article, wherever an article is shown. Fields that are only passed on are no business of most of the
//! code, so nothing there would miss one: this does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tintuc::content::article::LONG;

use crate::support::{Admin, Editor, Site, an_article, contract};

/// A value for each field that an article is written with, no two alike, and how it is answered to editors and to the
/// public where that is not as it was written.
struct Field {
    written: Value,
    managed: Option<fn(&Value) -> Value>,
    public: Option<fn(&Value) -> Value>,
}

fn as_written(value: impl Into<Value>) -> Field {
    Field { written: value.into(), managed: None, public: None }
}

fn shown_by(value: impl Into<Value>, shown: fn(&Value) -> Value) -> Field {
    Field { written: value.into(), managed: Some(shown), public: Some(shown) }
}

/// What of a picture or a file both sides show alike.
fn said_of_file(shown: &Value) -> Value {
    let mut said = shown.clone();
    said.as_object_mut()
        .expect("a use of a file")
        .retain(|name, _| ["media_id", "alt", "caption", "title"].contains(&name.as_str()));
    said
}

fn ids(shown: &Value) -> Value {
    shown.as_array().expect("a list").iter().map(|row| row["id"].clone()).collect()
}

async fn fields(site: &Site) -> BTreeMap<&'static str, Field> {
    let category = site.category("Tin chuyên ngành").await;
    let related = site.live(an_article().filed_under(&category).titled("Tin liên quan").without("tags")).await;
    let translation = site.live(an_article().filed_under(&category).titled("Bản dịch").with("locale", "lo")).await;
    let [image, description_image, audio, attachment] =
        [site.media("image").await, site.media("image").await, site.media("audio").await, site.media("document").await];
    let picture = |id, alt: &str, caption: &str| json!({ "media_id": id, "alt": alt, "caption": caption });
    let named = |shown: &Value| json!({ "name": shown["name"] });
    let fields: [(&'static str, Field); 24] = [
        ("title", as_written("Tiêu đề của bài")),
        ("kicker", as_written("Dòng trên tiêu đề")),
        ("slug", as_written("dia-chi-cua-bai")),
        ("summary", as_written("Tóm tắt của bài")),
        ("body", as_written("<p>Nội dung của bài</p>")),
        ("external_url", as_written("https://congbao.example/van-ban/12")),
        ("published_at", as_written("2020-04-07T10:00:00Z")),
        ("featured", as_written(true)),
        ("author", shown_by(json!({ "name": "Văn phòng tỉnh" }), named)),
        ("category", shown_by(category, |shown| shown["slug"].clone())),
        ("article_type", shown_by("photo_story", |shown| shown["code"].clone())),
        ("page_count", as_written(17)),
        ("photo_count", as_written(23)),
        ("related", Field { public: Some(ids), ..as_written(json!([related.id])) }),
        ("translations", Field { public: Some(ids), ..as_written(json!([translation.id])) }),
        ("tags", as_written(json!(["Từ khóa một", "Từ khóa hai"]))),
        ("locale", as_written("en")),
        ("source", as_written(json!({ "name": "Nguồn tin", "url": "https://nguon.example/tin/1" }))),
        ("seo", as_written(json!({ "title": "Tiêu đề cho máy tìm", "description": "Mô tả cho máy tìm" }))),
        ("legacy_id", as_written(4711)),
        ("image", shown_by(picture(image, "Ảnh đầu", "Chú thích ảnh đầu"), said_of_file)),
        ("description_image", shown_by(picture(description_image, "Ảnh mô tả", "Chú thích ảnh mô tả"), said_of_file)),
        ("audio", shown_by(json!({ "media_id": audio, "title": "Bản đọc" }), said_of_file)),
        (
            "attachments",
            shown_by(json!([{ "media_id": attachment, "title": "Toàn văn" }]), |shown| {
                shown.as_array().expect("a list").iter().map(said_of_file).collect()
            }),
        ),
    ];
    fields.into_iter().collect()
}

/// The fields that an article is written with, by name.
fn known() -> Vec<&'static str> {
    let properties = &contract::document()["components"]["schemas"]["ArticleInput"]["properties"];
    properties.as_object().expect("properties").keys().map(String::as_str).collect()
}

/// Fails unless the article shows every field but these as it was written.
#[track_caller]
fn shows(place: &str, shown: &Value, fields: &BTreeMap<&str, Field>, but: &[&str], public: bool) {
    for (name, field) in fields.iter().filter(|(name, _)| !but.contains(name)) {
        let how = if public { field.public } else { field.managed };
        assert!(!shown[name].is_null(), "{place} does not show {name}: {shown:#}");
        let value = how.map_or_else(|| shown[name].clone(), |how| how(&shown[name]));
        assert_eq!(value, field.written, "{name} in {place}");
    }
}

/// The row of a list that is this article.
#[track_caller]
fn row<'a>(rows: &'a Value, id: &str) -> &'a Value {
    rows.as_array().into_iter().flatten().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id} in {rows:#}"))
}

#[actix_web::test]
async fn every_field_that_is_written_is_shown_wherever_the_article_is() {
    let site = Site::start().await;
    let fields = fields(&site).await;
    assert_eq!(
        known(),
        fields.keys().copied().collect::<Vec<_>>(),
        "a field is missing here: give it a value of its own"
    );
    let article = fields.iter().fold(an_article(), |article, (name, field)| article.with(name, field.written.clone()));

    let live = site.live(article).await;

    let admin = site.person([Admin]).await;
    shows("the working copy", admin.get(&format!("/articles/{}", live.id)).await.data(), &fields, &[], false);
    shows("the version", admin.get(&format!("/articles/{}/versions/1", live.id)).await.data(), &fields, &[], false);
    let listed = admin.get("/articles").await;
    shows("the list of editors", row(&listed.body["data"], &live.id), &fields, &LONG, false);
    let versions = admin.get(&format!("/articles/{}/versions", live.id)).await;
    shows("the list of versions", &versions.body["data"][0], &fields, &[], false);

    shows("the public article", site.public(&live).await.data(), &fields, &[], true);
    let not_in_cards = [&LONG[..], &["translations"]].concat();
    for list in [
        "articles",
        "articles?sort=published_at",
        "articles?sort=-last_published_at",
        "articles?category=tin-chuyen-nganh",
        "articles?tag=tu-khoa-mot",
        "articles?tag=tu-khoa-mot,tu-khoa-hai",
        "articles?tag=tu-khoa-mot&category=tin-chuyen-nganh",
        "articles?q=tieu+de+cua+bai",
        "articles?q=tieu&sort=published_at",
        "articles?article_type=photo_story&featured=true&locale=en",
    ] {
        let list = site.get(&format!("/api/v1/{list}")).await;
        shows("a list", row(&list.body["data"], &live.id), &fields, &not_in_cards, true);
    }
    let neighbour = fields["related"].written[0].as_str().expect("an id");
    let others = site.get(&format!("/api/v1/articles/{neighbour}/others")).await;
    let older = row(&others.data()["older"], &live.id);
    shows("the others of its category", older, &fields, &not_in_cards, true);
    site.post(&format!("/api/v1/articles/{}/views", live.id), &json!({})).await.is(200);
    site.views_are_written().await;
    let most_viewed = site.get("/api/v1/most-viewed").await;
    shows("the most viewed", row(&most_viewed.body["data"], &live.id), &fields, &not_in_cards, true);
    let linked = an_article().filed_under("tin-chuyen-nganh").with("related", json!([live.id]));
    let linked = site.live(linked).await;
    let related = site.get(&format!("/api/v1/articles/{}/related", linked.id)).await;
    shows("a related article", row(&related.body["data"], &live.id), &fields, &not_in_cards, true);
    shows(
        "a link of an article",
        row(&site.public(&linked).await.data()["related"], &live.id),
        &fields,
        &not_in_cards,
        true,
    );
}

#[actix_web::test]
async fn every_field_can_be_changed_alone_and_leaves_the_others_alone() {
    let site = Site::start().await;
    let fields = fields(&site).await;
    let editor = site.person([Editor]).await;
    let category = fields["category"].written.as_str().expect("a slug").to_owned();
    let mut article = editor.creates(an_article().filed_under(&category)).await;

    for (number, (name, field)) in fields.iter().enumerate() {
        article = editor.edits(&article, json!({ *name: field.written })).await;
        let written: Vec<&str> = fields.keys().take(number + 1).copied().collect();
        let still_other: Vec<&str> = fields.keys().filter(|name| !written.contains(name)).copied().collect();
        shows("the working copy", &article.data, &fields, &still_other, false);
    }
}

#[test]
fn the_sample_newsroom_has_an_article_with_each_field_that_can_be_written_down() {
    /// What names other articles and files, whose ids are made when the sample is.
    const LINKS: [&str; 6] = ["related", "translations", "image", "description_image", "audio", "attachments"];
    let sample: Value = serde_json::from_str(include_str!("../../src/corpus/sample/newsroom.json")).expect("JSON");
    let articles = sample["articles"].as_array().expect("articles");
    let forgotten: Vec<&str> = known()
        .into_iter()
        .filter(|name| !LINKS.contains(name) && articles.iter().all(|article| article[*name].is_null()))
        .collect();
    assert_eq!(forgotten, [""; 0]);
}
