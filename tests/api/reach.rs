//! How far a grant on a category reaches: to it and all below, and no further.

use serde_json::json;
use tintuc::newsroom::Transition::{Approve, Publish, Submit};

use crate::support::{Author, Editor, Site, an_article};

#[actix_web::test]
async fn a_grant_on_a_category_reaches_all_below_and_nothing_else() {
    let site = Site::start().await;
    let above = site.category("Tin tức").await;
    let here = site.category_below("Kinh tế", Some(&above)).await;
    let below = site.category_below("Nông nghiệp", Some(&here)).await;
    let beside = site.category_below("Văn hóa", Some(&above)).await;
    let author = site.person([Author]).await;
    let editor = site.person_with(&[format!("editor@{here}")]).await;

    for (title, category, reached) in
        [("Trên", &above, false), ("Đây", &here, true), ("Dưới", &below, true), ("Bên", &beside, false)]
    {
        let article = author.creates(an_article().titled(title).filed_under(category)).await;
        if reached {
            editor.edits(&article, json!({ "summary": "Sửa" })).await;
        } else {
            editor.looks_at(&article).await.is_problem(404, "not_found");
        }
    }

    assert_eq!(editor.get("/articles").await.titles(), ["Dưới", "Đây"]);
    assert_eq!(editor.get(&format!("/articles?category={beside}")).await.is(200).titles(), [""; 0]);
    assert_eq!(editor.get(&format!("/articles?category={above}")).await.titles(), ["Dưới", "Đây"]);
}

#[actix_web::test]
async fn a_list_shows_exactly_what_one_may_read() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let writer = site.person([Author]).await;
    let mut all = Vec::new();
    let person = site.person_with(&[format!("author@{here}"), format!("approver@{there}")]).await;
    for (who, title, category) in [
        (&writer, "Của họ, đây", Some(&here)),
        (&writer, "Của họ, kia", Some(&there)),
        (&writer, "Của họ, chưa xếp", None),
        (&person, "Của tôi, đây", Some(&here)),
        (&person, "Của tôi, chưa xếp", None),
    ] {
        let article = an_article().titled(title);
        all.push(who.creates(category.into_iter().fold(article, |article, named| article.filed_under(named))).await);
    }

    let mut readable = Vec::new();
    for article in &all {
        if person.looks_at(article).await.status.is_success() {
            readable.push(article.field("title").as_str().unwrap().to_owned());
        }
    }

    let mut listed = person.get("/articles?sort=updated_at").await.titles();
    assert_eq!(listed, readable);
    listed.sort();
    assert_eq!(listed, ["Của họ, kia", "Của tôi, chưa xếp", "Của tôi, đây"]);
}

#[actix_web::test]
async fn an_article_without_a_category_is_for_its_owner_and_for_whole_site_grants() {
    let site = Site::start().await;
    let here = site.category("Kinh tế").await;
    let owner = site.person_with(&[format!("author@{here}")]).await;
    let unfiled = owner.creates(an_article()).await;
    let local = site.person_with(&[format!("editor@{here}")]).await;
    let everywhere = site.person([Editor]).await;

    let edited = owner.edits(&unfiled, json!({ "summary": "Sửa" })).await;

    local.looks_at(&edited).await.is_problem(404, "not_found");
    assert!(local.get("/articles").await.is(200).rows().is_empty());
    everywhere.edits(&edited, json!({ "summary": "Sửa nữa" })).await;
}

#[actix_web::test]
async fn an_article_is_written_only_where_one_may_write() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let author = site.person_with(&[format!("author@{here}")]).await;

    let refusal = author.tries_to_create(an_article().filed_under(&there)).await;

    refusal.is_problem(403, "forbidden");
    assert_eq!(refusal.errors(), ["/category forbidden"]);
    author.creates(an_article().filed_under(&here)).await;
}

#[actix_web::test]
async fn moving_an_article_needs_the_right_in_both_categories() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let article = site.person([Author]).await.creates(an_article().filed_under(&here)).await;
    let of_one = site.person_with(&[format!("editor@{here}")]).await;
    let of_the_other = site.person_with(&[format!("editor@{there}")]).await;
    let of_both = site.person_with(&[format!("editor@{here}"), format!("editor@{there}")]).await;

    let refusal = of_one.tries_to_edit(&article, json!({ "category": there, "summary": "Sửa" })).await;

    refusal.is_problem(403, "forbidden");
    assert_eq!(refusal.errors(), ["/category forbidden"]);
    of_one.tries_to_edit(&article, json!({ "category": null })).await.is_problem(403, "forbidden");
    of_the_other.tries_to_edit(&article, json!({ "category": there })).await.is_problem(404, "not_found");
    assert_eq!(of_one.sees(&article).await.data["version"], 1, "nothing was kept");
    let moved = of_both.edits(&article, json!({ "category": there })).await;
    of_one.looks_at(&moved).await.is_problem(404, "not_found");
    of_the_other.looks_at(&moved).await.is(200);
}

#[actix_web::test]
async fn an_approver_of_a_category_decides_there_and_nowhere_else() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let author = site.person([Author]).await;
    // Reads everything, approves here.
    let approver = site.person_with(&["accountant".to_owned(), format!("approver@{here}")]).await;
    let theirs = author.submits(an_article().titled("Đây").filed_under(&here)).await;
    let other = author.submits(an_article().titled("Kia").filed_under(&there)).await;

    approver.publishes(&approver.approves(&theirs).await).await;

    for step in [Approve, Publish, Submit] {
        approver.tries(step, &other).await.is_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn an_admin_of_a_category_makes_categories_below_it_alone() {
    let site = Site::start().await;
    let (here, there) = (site.category("Kinh tế").await, site.category("Văn hóa").await);
    let admin = site.person_with(&[format!("admin@{here}")]).await;

    for parent in [json!(null), json!(there)] {
        let refusal = admin.post("/categories", &json!({ "name": "Nông nghiệp", "parent": parent })).await;
        refusal.is_problem(403, "forbidden");
    }
    admin.post("/categories", &json!({ "name": "Nông nghiệp", "parent": here })).await.is(201);
}

#[actix_web::test]
async fn a_category_made_below_a_granted_one_is_reached_at_once() {
    let site = Site::start().await;
    let here = site.category("Kinh tế").await;
    let editor = site.person_with(&[format!("editor@{here}")]).await;

    let below = site.category_below("Nông nghiệp", Some(&here)).await;

    editor.creates(an_article().filed_under(&below)).await;
}
