//! The line above the title.

use serde_json::{Value, json};

use crate::support::{Author, Editor, Site, an_article};

#[actix_web::test]
async fn a_kicker_is_one_line_of_plain_text_and_may_be_left_out() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let article = author.creates(an_article().with("kicker", "  Phòng, chống\nthiên tai ")).await;
    assert_eq!(article.field("kicker"), "Phòng, chống thiên tai");
    let emptied = author.edits(&article, json!({ "kicker": null })).await;
    assert_eq!(emptied.field("kicker"), &Value::Null);
    assert_eq!(author.creates(an_article().with("kicker", " ")).await.field("kicker"), &Value::Null);

    for (kicker, code) in
        [(json!("ạ".repeat(121)), "too_long"), (json!("<b>Mới</b>"), "markup"), (json!(7), "wrong_type")]
    {
        let refusal = author.tries_to_create(an_article().with("kicker", kicker)).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [format!("/kicker {code}")]);
    }
    author.creates(an_article().with("kicker", "ạ".repeat(120))).await;
}

#[actix_web::test]
async fn a_kicker_is_part_of_the_version_and_public_with_it() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("kicker", "Thông báo nhanh")).await;
    let editor = site.person([Editor]).await;

    editor.edits(&editor.sees(&live).await, json!({ "kicker": "Thông báo chậm" })).await;

    assert_eq!(site.public(&live).await.data()["kicker"], "Thông báo nhanh");
    let versions = editor.get(&format!("/articles/{}/versions", live.id)).await;
    let kickers: Vec<&Value> = versions.rows().iter().map(|version| &version["kicker"]).collect();
    assert_eq!(kickers, ["Thông báo chậm", "Thông báo nhanh"]);
}

#[actix_web::test]
async fn a_kicker_is_searched_like_the_title_and_marked() {
    let site = Site::start().await;
    let article = site.article().await.with("body", "<p>Nội dung khác.</p>");
    site.live(article.clone().titled("Hai").with("summary", "Thiên tai đã qua")).await;
    site.live(article.titled("Một").with("kicker", "Phòng, chống thiên tai")).await;

    let found = site.get("/api/v1/articles?q=thien+tai").await;

    assert_eq!(found.is(200).titles(), ["Một", "Hai"]);
    assert_eq!(
        found.rows()[0]["highlight"],
        json!({ "kicker": "Phòng, chống <mark>thiên tai</mark>", "title": null, "summary": null, "body": null })
    );
    assert_eq!(site.get("/api/v1/articles?q=tai+mot").await.is(200).titles(), ["Một"], "its words and the title's");
    assert_eq!(site.get("/api/v1/articles?q=%22tai+mot%22").await.is(200).titles(), [""; 0], "no phrase goes across");
}
