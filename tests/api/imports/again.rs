//! Run again, for months: what changed there comes along, what changed here stays, and a run can be taken back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::list::{LIST, List, articles, same, tintuc};
use crate::support::{Admin, Site};

const MAPPING: &str = r#"
[source]
list = "c0ffee00-1207-4a5e-9b1d-7a7a7a7a0015"
base = "https://cong.example"
[columns]
"Tiêu đề" = "title"
"Nội dung" = "body"
"Lượt xem" = "views"
"Số tiền" = "royalty"
"#;

/// Items of a list with a title, a text, readers and a royalty.
fn items<const N: usize>(items: [Value; N]) -> List {
    let field = |title: &str, name: &str, kind: &str| {
        json!({ "Title": title, "InternalName": name, "EntityPropertyName": name, "TypeAsString": kind, "Hidden": false,
                "ReadOnlyField": false, "FromBaseType": false })
    };
    let fields = json!({ "value": [
        field("Tiêu đề", "Title", "Text"),
        field("Nội dung", "NoiDung", "Note"),
        field("Lượt xem", "LuotXem", "Number"),
        field("Số tiền", "SoTien", "Currency"),
    ] });
    List::written([("fields.json", fields), ("items-00001.json", json!({ "value": items.to_vec() }))], MAPPING)
}

fn item(id: i64, title: &str, views: i64) -> Value {
    json!({ "Id": id, "GUID": format!("00000000-0000-4000-8000-{id:012}"), "Title": title,
            "NoiDung": format!("<p>Nội dung của {title}.</p>"), "LuotXem": views, "SoTien": 50_000,
            "Created": "2020-04-07T03:00:00Z", "Modified": format!("2020-04-07T10:00:{:02}Z", views % 60),
            "OData__ModerationStatus": 0, "OData__UIVersionString": "1.0" })
}

/// The management article of an item.
async fn of(site: &Site, item: i64) -> Value {
    let id: String = site.transaction(|tx| {
        let id = diesel::dsl::sql::<diesel::sql_types::Text>("(SELECT id::text FROM articles WHERE legacy_id = ");
        let id = id.bind::<diesel::sql_types::BigInt, _>(item).sql(")");
        Ok(diesel::RunQueryDsl::get_result(diesel::select(id), tx.conn)?)
    });
    let admin = site.person([Admin]).await;
    admin.get(&format!("/articles/{id}")).await.is(200).data().clone()
}

#[actix_web::test]
async fn what_changed_there_comes_along_as_a_new_version() {
    let site = Site::start().await;
    items([item(1, "Một", 10), item(2, "Hai", 20)]).goes_to(&site, &[]).done();

    let again = items([item(1, "Một", 10), item(2, "Hai, sửa", 25)]).goes_to(&site, &[]).done();

    assert_eq!(again.actions(), BTreeMap::from([("skipped", 1), ("updated", 1)]));
    let article = of(&site, 2).await;
    assert_eq!(
        (&article["title"], &article["version"], &article["views"]),
        (&json!("Hai, sửa"), &json!(2), &json!(25))
    );
    assert_eq!(site.public_titles("").await.len(), 2);
}

#[actix_web::test]
async fn what_changed_here_too_stays_and_is_told() {
    let site = Site::start().await;
    items([item(1, "Một", 10)]).goes_to(&site, &[]).done();
    let article = of(&site, 1).await;
    let admin = site.person([Admin]).await;
    let path = format!("/articles/{}", article["id"].as_str().unwrap());
    let tag = admin.get(&path).await.header("etag");
    let patch = admin.request(reqwest::Method::PATCH, &path).header("If-Match", tag);
    site.send(patch.json(&json!({ "title": "Của chúng ta" }))).await.is(200);

    let again = items([item(1, "Của họ", 11)]).goes_to(&site, &[]).done();

    assert_eq!(again.actions(), BTreeMap::from([("conflict", 1)]));
    assert_eq!(again.lines[0]["reason"], "changed here since it was taken over: ours stays");
    assert_eq!(of(&site, 1).await["title"], "Của chúng ta");
}

#[actix_web::test]
async fn what_is_gone_there_is_told_and_stays() {
    let site = Site::start().await;
    items([item(1, "Một", 10), item(2, "Hai", 20)]).goes_to(&site, &[]).done();

    let again = items([item(1, "Một", 10)]).goes_to(&site, &[]).done();

    assert_eq!(again.actions(), BTreeMap::from([("gone", 1), ("skipped", 1)]));
    assert_eq!(site.public_titles("").await.len(), 2);
}

#[actix_web::test]
async fn readers_here_are_added_to_those_there() {
    let site = Site::start().await;
    items([item(1, "Một", 10)]).goes_to(&site, &[]).done();
    let id = of(&site, 1).await["id"].clone();
    let views = format!("/api/v1/articles/{}/views", id.as_str().unwrap());
    site.post(&views, &json!({ "visitor": "một người đọc" })).await.is(200);
    site.views_are_written().await;

    items([item(1, "Một", 12)]).goes_to(&site, &[]).done();

    assert_eq!(of(&site, 1).await["views"], 13);
}

#[actix_web::test]
async fn a_trial_writes_nothing_and_tells_the_same() {
    let site = Site::start().await;
    let list = List::of("bundle", 30);
    let (before, files) = (site.digest(["articles", "events", "import_lists", "users"]), site.objects().await);

    let tried = list.goes_to(&site, &["--dry-run"]).done();

    assert_eq!((site.digest(["articles", "events", "import_lists", "users"]), site.objects().await), (before, files));
    let done = list.goes_to(&site, &[]).done();
    assert_eq!((tried.actions(), tried.losses()), (done.actions(), done.losses()));
}

#[actix_web::test]
async fn some_items_alone_are_taken_and_the_rest_later() {
    let site = Site::start().await;
    let list = List::of("bundle", 30);
    let some: Vec<String> = list.expected().keys().take(3).map(i64::to_string).collect();

    list.goes_to(&site, &["--only", &some.join(",")]).done();
    assert_eq!(site.count("articles"), 3);

    list.goes_to(&site, &[]).done();
    same(&articles(&site), &list.expected());
}

#[actix_web::test]
async fn the_list_some_weeks_later_is_brought_up_to_date() {
    let site = Site::start().await;
    List::with(&["--items", "100"]).goes_to(&site, &[]).done();

    let later = List::with(&["--items", "100", "--edition", "2"]);
    let outcome = later.goes_to(&site, &[]).done();

    let (expected, mut got) = (later.expected(), articles(&site));
    assert!(outcome.actions()["updated"] > 0 && outcome.actions()["created"] > 0 && outcome.actions()["gone"] > 0);
    got.retain(|id, _| expected.contains_key(id));
    same(&got, &expected);
}

#[actix_web::test]
async fn two_lists_with_the_same_numbers_do_not_meet() {
    let site = Site::start().await;
    items([item(1, "Một", 10)]).goes_to(&site, &[]).done();
    let other = items([item(1, "Một, của danh sách khác", 10)]);
    let mapping = std::fs::read_to_string(other.mapping()).unwrap();
    std::fs::write(other.mapping(), mapping.replace(LIST, "c0ffee00-0000-4000-8000-000000000002")).unwrap();

    other.goes_to(&site, &[]).done();

    assert_eq!(site.count("articles WHERE legacy_id = 1"), 2);
}

/// Takes a run back, and answers what the command says.
fn rolled_back(site: &Site, run: i64) -> String {
    let mut command = tintuc(site);
    let output = command.args(["import", "sharepoint", "rollback", &run.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[actix_web::test]
async fn a_run_that_is_taken_back_leaves_what_was_there_before() {
    let site = Site::start().await;
    let first = List::with(&["--items", "40"]);
    first.goes_to(&site, &[]).done();
    let before = articles(&site);

    let later = List::with(&["--items", "40", "--edition", "2"]);
    later.goes_to(&site, &[]).done();
    rolled_back(&site, 2);

    let mut after = articles(&site);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (id, article) in &mut after {
        // What was said since is history, and stays there.
        for field in ["versions", "last_published_at", "royalty"] {
            article[field] = before[id][field].clone();
        }
    }
    same(&after, &before);

    rolled_back(&site, 1);
    assert_eq!((site.count("articles"), site.count("imported_items"), site.count("media")), (0, 0, 0));
    first.goes_to(&site, &[]).done();
    same(&articles(&site), &first.expected());
}

#[actix_web::test]
async fn what_was_edited_since_is_not_taken_back() {
    let site = Site::start().await;
    items([item(1, "Một", 10), item(2, "Hai", 20)]).goes_to(&site, &[]).done();
    let article = of(&site, 1).await;
    let admin = site.person([Admin]).await;
    let path = format!("/articles/{}", article["id"].as_str().unwrap());
    let tag = admin.get(&path).await.header("etag");
    let patch = admin.request(reqwest::Method::PATCH, &path).header("If-Match", tag);
    site.send(patch.json(&json!({ "title": "Của chúng ta" }))).await.is(200);

    let said = rolled_back(&site, 1);

    assert!(said.contains("left as they are: 1."), "{said}");
    assert_eq!((site.count("articles"), site.public_titles("").await), (1, vec!["Một".to_owned()]));
}
