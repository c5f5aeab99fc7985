//! Slugs: the readable part of an article's address.

use serde_json::json;

use crate::support::{Author, Editor, Site, an_article};

#[actix_web::test]
async fn a_slug_is_made_from_the_vietnamese_title() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (title, slug) in [
        ("Đại hội Đảng bộ tỉnh", "dai-hoi-dang-bo-tinh"),
        ("Ứng dụng CNTT & chuyển đổi số", "ung-dung-cntt-chuyen-doi-so"),
        ("H'Mông: 30% hộ thoát nghèo!", "hmong-30-ho-thoat-ngheo"),
    ] {
        assert_eq!(author.creates(an_article().titled(title)).await.slug(), slug);
    }
}

#[actix_web::test]
async fn titles_that_collide_are_numbered() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let mut slugs = Vec::new();

    for title in ["Dân vận khéo", "Dân vận khéo", "DAN VAN KHEO?"] {
        slugs.push(author.creates(an_article().titled(title)).await.slug().to_owned());
    }

    assert_eq!(slugs, ["dan-van-kheo", "dan-van-kheo-2", "dan-van-kheo-3"]);
}

#[actix_web::test]
async fn titles_that_collide_at_the_same_moment_are_numbered() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let create = || author.creates(an_article().titled("Dân vận khéo"));

    let (one, two, three) = tokio::join!(create(), create(), create());

    let mut slugs = [one.slug(), two.slug(), three.slug()];
    slugs.sort_unstable();
    assert_eq!(slugs, ["dan-van-kheo", "dan-van-kheo-2", "dan-van-kheo-3"]);
}

#[actix_web::test]
async fn a_title_of_symbols_gets_a_usable_slug() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    let first = author.creates(an_article().titled("???")).await;
    let second = author.creates(an_article().titled("👍 !!")).await;

    assert_eq!([first.slug(), second.slug()], ["bai-viet", "bai-viet-2"]);
}

#[actix_web::test]
async fn a_title_of_300_letters_gets_a_slug_of_120_at_most() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for title in ["Đ".repeat(300), "tiếp công dân ".repeat(21)] {
        for _ in 0..2 {
            let article = author.creates(an_article().titled(&title)).await;
            assert!((90..=120).contains(&article.slug().len()), "{}", article.slug());
            assert!(!article.slug().ends_with('-'));
        }
    }
}

#[actix_web::test]
async fn a_slug_is_never_the_name_of_a_route_nor_an_id() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";

    for title in ["Views", "related", "API", id] {
        let article = author.creates(an_article().titled(title)).await;
        assert_eq!(article.slug(), format!("tin-{}", title.to_lowercase()));
    }
    for slug in ["views", id] {
        let refusal = author.tries_to_create(an_article().with("slug", slug)).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), ["/slug reserved"]);
    }
}

#[actix_web::test]
async fn a_slug_of_another_shape_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (slug, error) in [
        ("Dân-vận", "/slug invalid_format"),
        ("dan--van", "/slug invalid_format"),
        ("-dan", "/slug invalid_format"),
        ("dan van", "/slug invalid_format"),
        ("dan/van", "/slug invalid_format"),
        ("", "/slug invalid_format"),
        (&"a".repeat(121), "/slug too_long"),
    ] {
        let refusal = author.tries_to_create(an_article().with("slug", slug)).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), [error], "{slug}");
    }
}

#[actix_web::test]
async fn a_slug_that_was_asked_for_is_not_numbered_but_refused_where_it_is_taken() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    author.creates(an_article().with("slug", "lich-tiep-dan")).await;
    let other = author.creates(an_article().titled("Khác")).await;

    let created = author.tries_to_create(an_article().with("slug", "lich-tiep-dan")).await;
    let renamed = author.tries_to_edit(&other, json!({ "slug": "lich-tiep-dan" })).await;

    for refusal in [created, renamed] {
        refusal.is_problem(409, "conflict");
        assert_eq!(refusal.errors(), ["/slug taken"]);
    }
    assert_eq!(author.sees(&other).await.slug(), "khac");
}

#[actix_web::test]
async fn a_new_title_does_not_change_the_slug() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(an_article().titled("Lịch tiếp công dân")).await;

    let edited = author.edits(&article, json!({ "title": "Lịch tiếp công dân (sửa đổi)" })).await;

    assert_eq!(edited.slug(), "lich-tiep-cong-dan");
}

#[actix_web::test]
async fn a_draft_without_a_title_gets_its_slug_with_the_first_one() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let untitled = author.creates(an_article().without("title")).await;
    assert!(untitled.field("slug").is_null());

    let titled = author.edits(&untitled, json!({ "title": "Lịch tiếp công dân" })).await;

    assert_eq!(titled.slug(), "lich-tiep-cong-dan");
}

#[actix_web::test]
async fn the_slug_of_a_draft_that_was_never_public_is_free_once_it_has_another() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let draft = author.creates(an_article().titled("Lịch tiếp công dân")).await;

    author.edits(&draft, json!({ "slug": "lich-cu" })).await;

    let other = author.creates(an_article().titled("Lịch tiếp công dân")).await;
    assert_eq!(other.slug(), "lich-tiep-cong-dan");
}

#[actix_web::test]
async fn a_slug_that_was_public_is_not_given_to_another_article() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let editor = site.person([Editor]).await;
    let live = site.live(an_article().titled("Lịch tiếp công dân").filed_under(&category)).await;

    editor.edits(&live, json!({ "slug": "lich-moi" })).await;

    let other = editor.creates(an_article().titled("Lịch tiếp công dân")).await;
    assert_eq!(other.slug(), "lich-tiep-cong-dan-2");
}

#[actix_web::test]
async fn a_draft_holds_a_slug_that_no_stranger_learns_of() {
    let site = Site::start().await;
    let draft = site.person([Author]).await.creates(an_article().titled("Lịch tiếp công dân")).await;

    let answer = site.get(&format!("/api/v1/articles/{}", draft.slug())).await;

    answer.is_problem(404, "not_found");
}
