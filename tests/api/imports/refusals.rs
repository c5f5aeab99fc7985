//! What is refused, before anything is written, with what to do about it; and what is odd, and taken all the same.

use std::fs;

use serde_json::{Value, json};

use super::list::List;
use crate::support::Site;

/// Nothing was written.
#[track_caller]
fn is_untouched(site: &Site) {
    assert_eq!((site.count("articles"), site.count("import_lists"), site.count("categories")), (0, 0, 0));
}

#[actix_web::test]
async fn an_export_that_is_not_whole_is_refused() {
    let site = Site::start().await;
    for (shape, damage, why) in [
        ("bundle", "truncated-page", "items-"),
        ("bundle", "html-page", "web page"),
        ("csv", "ascii", "question marks"),
    ] {
        let list = List::with(&["--shape", shape, "--items", "60", "--damage", damage]);
        list.goes_to(&site, &[]).refused(why);
        is_untouched(&site);
    }
}

#[actix_web::test]
async fn a_table_that_the_menu_cut_off_is_refused() {
    let site = Site::start().await;
    let mut list = titled([]);
    let rows: String = (1..=30_000).map(|id| format!("{id},Tin,<p>x</p>\n")).collect();
    list.bundle.push("TinTuc.csv");
    fs::write(&list.bundle, format!("\u{FEFF}ID,Tiêu đề,Nội dung\n{rows}")).unwrap();

    list.goes_to(&site, &[]).refused("30,000");
    is_untouched(&site);
}

#[actix_web::test]
async fn a_mapping_that_leaves_a_column_out_stops_the_run() {
    let site = Site::start().await;
    let list = List::of("bundle", 20);
    let mapping = fs::read_to_string(list.mapping()).unwrap();
    let without = mapping.lines().filter(|line| !line.starts_with("\"Số Trang\"")).collect::<Vec<_>>().join("\n");
    fs::write(list.mapping(), without).unwrap();

    list.goes_to(&site, &[]).refused("“Số Trang”");
    is_untouched(&site);
}

#[actix_web::test]
async fn a_type_that_no_table_names_stops_the_run() {
    let site = Site::start().await;
    let list = List::of("bundle", 20);
    let mapping = fs::read_to_string(list.mapping()).unwrap();
    fs::write(list.mapping(), mapping.replace("\"Video\" = \"video\"", "")).unwrap();

    list.goes_to(&site, &[]).refused("“Video”");
    is_untouched(&site);
}

/// A bundle of one column and these items.
fn titled<const N: usize>(items: [Value; N]) -> List {
    let fields = json!({ "value": [
        { "Title": "Tiêu đề", "InternalName": "Title", "EntityPropertyName": "Title", "TypeAsString": "Text", "Hidden": false },
        { "Title": "Nội dung", "InternalName": "NoiDung", "EntityPropertyName": "NoiDung", "TypeAsString": "Note", "Hidden": false },
    ] });
    let mapping = "[source]\nlist = \"c0ffee00-1207-4a5e-9b1d-7a7a7a7a0015\"\n[columns]\n\"Tiêu đề\" = \"title\"\n\"Nội dung\" = \"body\"\n";
    List::written([("fields.json", fields), ("items-00001.json", json!({ "value": items.to_vec() }))], mapping)
}

fn item(id: i64, title: &str, body: &str) -> Value {
    json!({ "Id": id, "Title": title, "NoiDung": body, "Created": "2020-04-07T03:00:00Z", "Modified": "2020-04-07T03:00:00Z",
            "OData__ModerationStatus": 0 })
}

#[actix_web::test]
async fn an_item_that_is_there_twice_is_refused() {
    let site = Site::start().await;
    titled([item(1, "Một", "<p>x</p>"), item(1, "Hai", "<p>x</p>")]).goes_to(&site, &[]).refused("1");
    is_untouched(&site);
}

#[actix_web::test]
async fn what_lacks_a_text_is_no_news_yet() {
    let site = Site::start().await;

    let outcome = titled([item(1, "Một", "<p>x</p>"), item(2, "Hai", "")]).goes_to(&site, &[]).done();

    assert_eq!(outcome.losses().into_values().collect::<Vec<_>>(), [["not_published body"]]);
    assert_eq!((site.public_titles("").await, site.count("articles")), (vec!["Một".to_owned()], 2));
}

#[actix_web::test]
async fn a_path_out_of_the_bundle_leads_nowhere() {
    let site = Site::start().await;
    let list = titled([item(
        1,
        "Một",
        "<p>x<img src=\"/../../mapping.toml\" alt=\"a\"><img src=\"/%2e%2e/%2e%2e/mapping.toml\" alt=\"b\"></p>",
    )]);

    let outcome = list.goes_to(&site, &[]).done();

    assert_eq!(site.count("media"), 0);
    assert_eq!(outcome.losses().into_values().collect::<Vec<_>>(), [["media_missing body"]]);
}

#[actix_web::test]
async fn items_in_a_circle_point_at_each_other() {
    let site = Site::start().await;
    let body = |other: i64| format!("<p><a href=\"/Lists/TinTuc/DispForm.aspx?ID={other}&amp;Source=x\">kia</a></p>");

    titled([item(1, "Một", &body(2)), item(2, "Hai", &body(1))]).goes_to(&site, &[]).done();

    let one = site.get("/api/v1/articles/mot").await.is(200).data()["body"].as_str().unwrap().to_owned();
    assert!(one.contains("/api/v1/legacy/2?list="), "{one}");
}

#[actix_web::test]
async fn a_link_that_looks_like_one_to_our_library_stops_nothing() {
    let site = Site::start().await;
    let body = "<p><a href=\"/media/01920000-0000-7000-8000-000000000001/a.pdf\">a</a></p>";

    let outcome = titled([item(1, "Một", body)]).goes_to(&site, &[]).done();

    assert_eq!(outcome.losses().into_values().collect::<Vec<_>>(), [["link_unresolved body"]]);
    assert_eq!(
        site.get("/api/v1/articles/mot").await.is(200).data()["body"],
        "<p><a href=\"#\" rel=\"noopener noreferrer\">a</a></p>"
    );
}
