//! What one version changed as against another.

use serde_json::{Value, json};

use crate::support::{Accountant, Answer, Author, Editor, Person, Site, an_article, files::jpeg, person::Handle};

async fn diff(person: &Person<'_>, article: &Handle, version: i32, query: &str) -> Answer {
    person.get(&format!("/articles/{}/versions/{version}/diff{query}", article.id)).await
}

/// What became of a field.
#[track_caller]
fn field<'a>(diff: &'a Answer, name: &str) -> &'a Value {
    let fields = diff.is(200).data()["fields"].as_array().unwrap().iter();
    fields.clone().find(|field| field["field"] == name).unwrap_or_else(|| panic!("{name} is not in {:#}", diff.body))
}

fn names(diff: &Answer) -> Vec<&str> {
    diff.is(200).data()["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn texts_differ_by_words_and_other_fields_by_their_values() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let (one, two) = (site.category("Một").await, site.category("Hai").await);
    let first = editor.creates(an_article().titled("Lịch tháng 11").filed_under(&one)).await;
    let change = json!({
        "title": "Lịch tháng 12",
        "summary": "Tại trụ sở",
        "category": two,
        "featured": true,
        "author": { "name": "Sở Y tế" },
    });
    editor.edits(&first, change).await;

    let diff = diff(&editor, &first, 2, "?against=1").await;

    assert_eq!(names(&diff), ["author", "category", "featured", "summary", "title"]);
    assert_eq!((&diff.data()["version"], &diff.data()["against"]), (&json!(2), &json!(1)));
    assert_eq!(
        field(&diff, "title"),
        &json!({ "kind": "text", "field": "title", "hunks": [
            { "op": "equal", "text": "Lịch tháng " },
            { "op": "delete", "text": "11" },
            { "op": "insert", "text": "12" },
        ] })
    );
    assert_eq!(field(&diff, "summary")["hunks"], json!([{ "op": "insert", "text": "Tại trụ sở" }]));
    let category = field(&diff, "category");
    assert_eq!((&category["before"]["slug"], &category["after"]["slug"]), (&json!(one), &json!(two)));
    assert_eq!(
        field(&diff, "featured"),
        &json!({ "kind": "value", "field": "featured", "before": false, "after": true })
    );
    assert_eq!(
        (&field(&diff, "author")["before"], &field(&diff, "author")["after"]["name"]),
        (&Value::Null, &json!("Sở Y tế"))
    );
}

#[actix_web::test]
async fn lists_differ_by_what_came_went_and_moved() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(an_article().tagged(["a", "b", "c", "d"])).await;
    editor.edits(&first, json!({ "tags": ["b", "c", "e", "a"] })).await;

    let diff = diff(&editor, &first, 2, "").await;

    assert_eq!(
        field(&diff, "tags"),
        &json!({
            "kind": "list",
            "field": "tags",
            "added": [{ "at": 2, "value": "e" }],
            "removed": [{ "at": 3, "value": "d" }],
            "moved": [{ "from": 0, "to": 3, "value": "a" }],
        })
    );
}

#[actix_web::test]
async fn bodies_differ_by_words_and_by_their_paragraphs_rows_and_pictures() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(40, 30)).await;
    let body = |ngay: &str, rest: &str| {
        format!(
            "<p>Đầu tiên</p><p>Họp ngày {ngay} tại trụ sở</p><table><tbody><tr><td>Ngày</td><td>{ngay}</td></tr></tbody>\
             </table>{rest}"
        )
    };
    let first = editor.creates(an_article().with("body", body("15", "<p>Cuối</p>"))).await;
    let shown = format!("<p><img src=\"{}\" alt=\"Trụ sở\"></p>", picture.url());
    let second =
        editor.edits(&first, json!({ "body": body("20", &format!("<p><strong>Cuối</strong></p>{shown}")) })).await;

    let diff = diff(&editor, &second, 2, "?against=1").await;

    let change = field(&diff, "body");
    let gone: Vec<&Value> = change["hunks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|hunk| hunk["op"] == "delete")
        .map(|hunk| &hunk["text"])
        .collect();
    assert_eq!(gone, ["15", "15"]);
    let blocks: Vec<(&str, &str, Value)> = change["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| {
            let shown = if block["after"].is_null() { &block["before"] } else { &block["after"] };
            (block["change"].as_str().unwrap(), shown["kind"].as_str().unwrap(), shown["text"].clone())
        })
        .collect();
    assert_eq!(
        blocks,
        [
            ("changed", "paragraph", json!("Họp ngày 20 tại trụ sở")),
            ("changed", "row", json!("Ngày | 20")),
            ("changed", "paragraph", json!("Cuối")),
            ("added", "picture", json!("Trụ sở")),
        ]
    );
    let bold = &change["blocks"][2];
    assert_eq!((&bold["hunks"], &bold["from"]), (&json!([{ "op": "equal", "text": "Cuối" }]), &json!(3)));
    assert!(change["blocks"][3]["after"]["source"].as_str().unwrap().starts_with("/media/"));
    assert_eq!(names(&diff), ["body", "files"]);
}

#[actix_web::test]
async fn a_paragraph_that_was_moved_is_told_as_moved() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let first = editor.creates(an_article().with("body", "<p>Một</p><p>Hai</p><p>Ba</p>")).await;
    editor.edits(&first, json!({ "body": "<p>Hai</p><p>Ba</p><p>Một</p>" })).await;

    let diff = diff(&editor, &first, 2, "").await;

    let blocks = field(&diff, "body")["blocks"].clone();
    assert_eq!((blocks.as_array().unwrap().len(), &blocks[0]["change"]), (1, &json!("moved")));
    assert_eq!((&blocks[0]["from"], &blocks[0]["to"]), (&json!(0), &json!(2)));
}

#[actix_web::test]
async fn a_version_is_compared_with_any_other_in_either_direction() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let mut article = editor.creates(an_article().titled("Bản 1")).await;
    for number in 2..=3 {
        article = editor.edits(&article, json!({ "title": format!("Bản {number}") })).await;
    }
    let op = |answer: &Answer, op: &str| {
        let hunks = field(answer, "title")["hunks"].as_array().unwrap().clone();
        hunks.into_iter().find(|hunk| hunk["op"] == op).unwrap()["text"].clone()
    };

    let back = diff(&editor, &article, 1, "?against=3").await;
    let before = diff(&editor, &article, 3, "").await;

    assert_eq!((op(&back, "delete"), op(&back, "insert")), (json!("3"), json!("1")));
    assert_eq!((op(&before, "delete"), op(&before, "insert")), (json!("2"), json!("3")));
    assert_eq!(names(&diff(&editor, &article, 2, "?against=2").await), [""; 0]);
}

#[actix_web::test]
async fn a_version_that_is_not_there_is_compared_with_nothing() {
    let site = Site::start().await;
    let (author, stranger) = (site.person([Author]).await, site.person([Author]).await);
    let article = author.creates(an_article()).await;

    for (version, query) in [(1, ""), (1, "?against=2"), (2, "?against=1"), (7, "")] {
        diff(&author, &article, version, query).await.is_problem(404, "not_found");
    }
    diff(&stranger, &article, 1, "?against=1").await.is_problem(404, "not_found");
    diff(&author, &article, 1, "?against=0").await.is_problem(400, "bad_request");
    diff(&author, &article, 1, "?against=x").await.is_problem(400, "bad_request");
    diff(&author, &article, 1, "?aginst=1").await.is_problem(400, "unknown_parameter");
}

#[actix_web::test]
async fn no_royalty_is_in_a_difference() {
    let site = Site::start().await;
    let (editor, accountant) = (site.person([Editor]).await, site.person([Accountant]).await);
    let article = editor.creates(an_article()).await;
    editor.edits(&article, json!({ "page_count": 3 })).await;
    let path = format!("/articles/{}/royalty", article.id);
    let set = accountant.request(reqwest::Method::PUT, &path).json(&json!({ "amount": 987_654 }));
    site.send(set).await.is(200);

    for person in [&editor, &accountant] {
        let answer = diff(person, &article, 2, "").await;
        let text = String::from_utf8_lossy(&answer.is(200).bytes).into_owned();
        assert!(!text.contains("987654") && !text.contains("royalty"), "{text}");
    }
}

#[actix_web::test]
async fn comparing_the_longest_bodies_comes_to_an_end() {
    let site = Site::start().await;
    let editor = site.person([Editor]).await;
    let body = |seed: u64| {
        let words = (0..120_000_u64).map(|n| format!("{} ", n.wrapping_mul(seed) % 99_991)).collect::<Vec<_>>();
        words.chunks(40).map(|words| format!("<p>{}</p>", words.concat())).collect::<String>()
    };
    let first = editor.creates(an_article().with("body", body(2_654_435_761))).await;
    editor.edits(&first, json!({ "body": body(40_503) })).await;

    let diff = diff(&editor, &first, 2, "").await;

    assert!(!field(&diff, "body")["hunks"].as_array().unwrap().is_empty());
}
