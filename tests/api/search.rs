//! Search: what readers find, in which order, and that only what is public is found.

use serde_json::json;
use tintuc::newsroom::Transition::Unpublish;
use unicode_normalization::UnicodeNormalization;

use crate::support::{Approver, Author, Site, an_article, article::ArticleBuilder, in_minutes};

/// The titles of what is found, in order.
async fn found(site: &Site, typed: &str) -> Vec<String> {
    site.get(&searching(typed)).await.is(200).titles()
}

fn searching(typed: &str) -> String {
    format!("/api/v1/articles?{}", serde_urlencoded::to_string([("q", typed)]).unwrap())
}

/// An article with this title, whose other parts say nothing of it.
fn about(title: &str, category: &str) -> ArticleBuilder {
    an_article().titled(title).filed_under(category).with("body", "<p>Nội dung khác.</p>")
}

#[actix_web::test]
async fn marks_may_be_typed_or_not_and_in_either_form() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(about("Phong trào Dân vận khéo", &category)).await;
    site.live(about("Đường sắt đô thị", &category)).await;

    let decomposed: String = "Dân vận khéo".nfd().collect();
    for typed in ["dan van kheo", "Dân vận khéo", &decomposed, "KHEO, DÂN", "dan vận"] {
        assert_eq!(found(&site, typed).await, ["Phong trào Dân vận khéo"], "{typed}");
    }
    for typed in ["duong sat", "đường", "ĐƯỜNG", "do thi"] {
        assert_eq!(found(&site, typed).await, ["Đường sắt đô thị"], "{typed}");
    }
    assert_eq!(found(&site, "dan sat").await, [""; 0], "words are all wanted");
}

#[actix_web::test]
async fn words_are_found_in_title_tags_summary_and_body_in_this_order() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let article = |title| about(title, &category);
    site.live(article("Trồng rừng")).await;
    site.live(article("Hai").tagged(["Trồng rừng"])).await;
    site.live(article("Ba").with("summary", "Lễ phát động trồng cây gây rừng")).await;
    site.live(article("Bốn").with("body", "<p>Tỉnh <b>tr</b>ồng rừng ven biển.</p>")).await;
    site.live(article("Năm").with("body", "<ul><li>rừng</li><li>cây trồng</li></ul>")).await;
    site.live(article("Sáu").with("body", "<p>Trồng&nbsp;lúa</p>")).await;

    assert_eq!(found(&site, "trồng rừng").await, ["Trồng rừng", "Hai", "Ba", "Bốn", "Năm"]);
    assert_eq!(found(&site, "trong rung").await, ["Trồng rừng", "Hai", "Ba", "Bốn", "Năm"]);
    assert_eq!(found(&site, "trồng hai").await, ["Hai"], "words may stand in different parts");
}

#[actix_web::test]
async fn what_has_the_marks_that_were_typed_comes_first_then_the_newest() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let dated = |title, year| about(title, &category).with("published_at", format!("{year}-05-01T00:00:00Z"));
    site.live(about("Một", &category).with("body", "<p>Việc của dân</p>")).await;
    site.live(dated("Đàn cò", 2023)).await;
    site.live(dated("Dân số", 2021)).await;
    site.live(dated("Dân tộc", 2022)).await;
    site.live(dated("Dẫn đầu", 2024)).await;

    assert_eq!(found(&site, "dân").await, ["Dân tộc", "Dân số", "Một", "Dẫn đầu", "Đàn cò"]);
    assert_eq!(found(&site, "dan").await, ["Dẫn đầu", "Đàn cò", "Dân tộc", "Dân số", "Một"]);
}

#[actix_web::test]
async fn quoted_words_stand_side_by_side() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(about("Vận động người dân", &category)).await;
    site.live(about("Công tác dân vận", &category).tagged(["Miền núi", "Biên giới"])).await;

    for typed in ["\"dân vận\"", "“dan van”", "\"DÂN, VẬN\" công"] {
        assert_eq!(found(&site, typed).await, ["Công tác dân vận"], "{typed}");
    }
    assert_eq!(found(&site, "\"núi biên\"").await, [""; 0], "two tags are no phrase");
    assert_eq!(found(&site, "\"vận nội\"").await, [""; 0], "nor are title and body");
    assert_eq!(found(&site, "dân \"vận").await.len(), 2, "half a pair of quotation marks is none");
}

#[actix_web::test]
async fn pages_follow_each_other_through_all_that_is_found() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    for (title, year) in [("Dân 1", 2019), ("Đan 2", 2020), ("Dân 3", 2020), ("Dân 4", 1995), ("Dẫn 5", 2026)] {
        site.live(about(title, &category).with("published_at", format!("{year}-01-01T00:00:00Z"))).await;
    }
    site.live(about("Sáu", &category).with("summary", "Dân vận")).await;
    let expected = ["Dân 3", "Dân 1", "Dân 4", "Sáu", "Dẫn 5", "Đan 2"];

    for limit in [1, 2, 4, 6] {
        let pages = site.pages(&format!("{}&limit={limit}", searching("dân"))).await;
        assert!(pages.iter().all(|page| page.len() <= limit));
        assert_eq!(pages.concat(), expected);
    }

    let first = site.get(&format!("{}&limit=2", searching("dân"))).await;
    site.live(about("Dân 0", &category)).await;
    let second = site.get(first.next().unwrap()).await;
    assert_eq!(second.titles()[..2], expected[2..4], "an article that appears meanwhile repeats nothing");
    let cursor = first.next().unwrap().split_once("cursor=").unwrap().1;
    site.get(&format!("{}&cursor={cursor}", searching("dan"))).await.is_problem(400, "invalid_cursor");
}

#[actix_web::test]
async fn a_search_is_narrowed_like_any_list() {
    let site = Site::start().await;
    let (above, other) = (site.category("Kinh tế").await, site.category("Xã hội").await);
    let below = site.category_below("Nông nghiệp", Some(&above)).await;
    site.live(about("Dân số", &above).tagged(["Thống kê"])).await;
    site.live(about("Nông dân", &below)).await;
    site.live(about("Dân vận", &other).tagged(["Thống kê", "Thi đua"])).await;

    let narrowed = async |condition: &str| site.get(&format!("{}&{condition}", searching("dân"))).await.titles();
    assert_eq!(narrowed("category=kinh-te").await, ["Nông dân", "Dân số"]);
    assert_eq!(narrowed("tag=thong-ke,thi-dua").await, ["Dân vận", "Dân số"]);
    assert_eq!(narrowed("tag=thong-ke&category=kinh-te").await, ["Dân số"]);
    assert_eq!(narrowed("tag=khong-co").await, [""; 0]);
    assert_eq!(narrowed("category=khong-co").await, [""; 0]);
}

#[actix_web::test]
async fn one_wrong_letter_still_finds_when_nothing_else_does() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(about("Nội", &category).with("body", "<p>Tiếp dân vận động</p>")).await;
    site.live(about("Phong trào dân vận khéo", &category)).await;

    for typed in ["dan vaan kheo", "dân vsn khéo", "dna van kheo", "dan van khe", "phong trao dan bvan"] {
        assert_eq!(found(&site, typed).await, ["Phong trào dân vận khéo"], "{typed}");
    }
    let pages = site.pages(&format!("{}&limit=1", searching("van donh"))).await;
    assert_eq!(pages.concat(), ["Nội"]);
    let pages = site.pages(&format!("{}&limit=1", searching("dan vsn"))).await;
    assert_eq!(pages.concat(), ["Phong trào dân vận khéo", "Nội"], "also page by page");
    for typed in ["dan vvvn kheo", "dxn vxn", "\"dan vsn\""] {
        assert_eq!(found(&site, typed).await, [""; 0], "{typed}");
    }
    let marked = site.get(&searching("dan vsn kheo")).await;
    assert_eq!(marked.rows()[0]["highlight"]["title"], "Phong trào <mark>dân vận khéo</mark>");
}

#[actix_web::test]
async fn what_was_found_is_shown_where_it_stands() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let body = "<p>Mở đầu &amp; giới thiệu.</p><p>Mô hình <strong>dân vận khéo</strong> &lt;mới&gt;</p>";
    site.live(about("Phong trào \"Dân vận khéo\"", &category).with("body", body)).await;

    let answer = site.get(&searching("dan van")).await;

    let expected = json!({
        "kicker": null,
        "title": "Phong trào &#34;<mark>Dân vận</mark> khéo&#34;",
        "summary": null,
        "body": "Mở đầu &amp; giới thiệu. Mô hình <mark>dân vận</mark> khéo &lt;mới&gt;",
    });
    assert_eq!(answer.rows()[0]["highlight"], expected);
    assert_eq!(site.get("/api/v1/articles").await.rows()[0].get("highlight"), None);
}

#[actix_web::test]
async fn only_what_is_public_is_found_and_from_its_time_on() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let (author, approver) = (site.person([Author]).await, site.person([Approver]).await);
    author.creates(about("Bí mật thứnhất", &category).tagged(["thứhai"])).await;
    let scheduled = site.approved(about("Sắp công bố thứba", &category).tagged(["thứtư"])).await;
    approver.publishes_with(&scheduled, json!({ "publish_at": in_minutes(60), "expires_at": in_minutes(120) })).await;
    let live = site.live(about("Đã công bố thứnăm", &category)).await;
    let edited = author.tries_to_edit(&live, json!({ "title": "Đang sửa thứsáu" })).await;
    assert!(edited.status.is_client_error(), "somebody else's article");
    let withdrawn = site.live(about("Đã gỡ thứbảy", &category)).await;
    approver.does(Unpublish, &withdrawn).await;

    let all = ["thunhat", "thứhai", "thuba", "thutu", "thusau", "thubay", "thubaj", "thunhar"];
    for typed in all {
        assert_eq!(found(&site, typed).await, [""; 0], "{typed}");
        let suggested = site.get(&format!("/api/v1/suggest?q={typed}")).await;
        assert_eq!(suggested.data(), &json!([]), "{typed}");
    }
    assert_eq!(found(&site, "thunam").await, ["Đã công bố thứnăm"]);

    site.time_passes(chrono::Duration::minutes(61));
    for typed in ["thuba", "thutu"] {
        assert_eq!(found(&site, typed).await, ["Sắp công bố thứba"]);
    }
    site.time_passes(chrono::Duration::minutes(121));
    assert_eq!(found(&site, "thuba").await, [""; 0]);
}

#[actix_web::test]
async fn whatever_is_typed_is_answered() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(about("Nghị quyết 15/2026/NQ-HĐND", &category)).await;

    let (long, phrase) = ("zan ".repeat(1900), format!("\"{}\"", "a b ".repeat(1900)));
    let different: String = (0..1000).map(|number| format!("z{number} ")).collect();
    for typed in [
        "",
        " ",
        "'",
        "''",
        "\\",
        "\\'",
        ":*",
        "a:*",
        "!",
        "!a",
        "(",
        ")",
        "()",
        "a & b",
        "a | b",
        "<->",
        "a <-> b",
        "\"",
        "\"\"",
        "\"'\"",
        "%",
        "_",
        "👍",
        "👨\u{200D}👩\u{200D}👧",
        "\u{202E}abc",
        "𠀀𠮷",
        "ŉ ǆ ﬃ ½ ℀ ﷺ",
        "{}",
        "$1",
        "--",
        "/*",
        "A:x",
        "w:1",
        "{\"a\":1}",
        "مرحبا",
        "'; DROP TABLE articles; --",
        "ﾊﾝｶｸ",
        "ＡＢＣ",
        "ß ẞ İ ı",
        &long,
        &phrase,
        &different,
        &"x".repeat(8000),
        &"đ".repeat(1300),
        &"e\u{301}".repeat(1000),
    ] {
        assert_eq!(found(&site, typed).await, [""; 0], "{typed:.40}");
    }
    for typed in ["15/2026", "nq-hdnd", "'quyết'", "nghị & quyết", "quyết:*", "\\nghị", "15 2026 (NQ)", "quyết 👍"]
    {
        assert_eq!(found(&site, typed).await, ["Nghị quyết 15/2026/NQ-HĐND"], "{typed}");
    }
    site.get("/api/v1/articles?q=%00").await.is_problem(400, "bad_request");
    site.get("/api/v1/articles?q=a&q=b").await.is_problem(400, "bad_request");
}

#[actix_web::test]
async fn the_largest_body_can_be_published_and_is_found() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let words: String = (0..110_000).map(|number| format!("chữ{number:04x} ")).collect();
    let huge = format!("<p>{}</p>", &words[..words.floor_char_boundary(1 << 20) - 10]);
    site.live(about("Toàn văn", &category).with("body", huge)).await;
    site.live(about("Chữ Hán", &category).with("body", format!("<p>{}</p>", "國".repeat(300_000)))).await;

    assert_eq!(found(&site, "chu0abc toan").await, ["Toàn văn"]);
}

#[actix_web::test]
async fn a_renamed_tag_is_found_by_its_new_name_and_a_merged_one_by_the_other() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(about("Một", &category).tagged(["Thi đua"])).await;
    site.live(about("Hai", &category).tagged(["Khen thưởng"])).await;

    site.sql("UPDATE tags SET name = 'Phong trào', name_key = 'phong trào' WHERE slug = 'thi-dua'").unwrap();
    assert_eq!((found(&site, "thi dua").await, found(&site, "phong trao").await), (vec![], vec!["Một".to_owned()]));

    site.sql("UPDATE published_tags SET tag_id = (SELECT id FROM tags WHERE slug = 'khen-thuong')").unwrap();
    assert_eq!(found(&site, "khen thuong").await, ["Hai", "Một"]);
    assert_eq!(found(&site, "phong trao").await, [""; 0]);
    site.sql("DELETE FROM published_tags").unwrap();
    assert_eq!(found(&site, "khen thuong").await, [""; 0]);
}

#[actix_web::test]
async fn a_search_costs_the_same_however_much_it_finds() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let cost = async |typed: &str| {
        let before = site.app.delivery.statements();
        site.get(&searching(typed)).await.is(200);
        site.app.delivery.statements() - before
    };
    site.live(about("Dân số", &category).tagged(["Thi đua"])).await;
    site.get("/api/v1/articles").await.is(200);
    let one = cost("dân").await;
    for title in ["Dân vận", "Nông dân", "Dẫn đầu", "Đàn cò"] {
        site.live(about(title, &category).tagged(["Thi đua"])).await;
    }

    assert_eq!(cost("dân").await, one);
    assert_eq!(cost("số dân").await, one);
    assert_eq!(cost("dzn").await, one, "where a letter is wrong too");
}

#[actix_web::test]
async fn results_may_be_counted_and_put_in_another_order() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    for (title, year) in [("Lúa mới", 2021), ("Giá lúa", 2023), ("Mưa lũ", 2022)] {
        site.live(about(title, &category).with("published_at", format!("{year}-01-01T00:00:00Z"))).await;
    }

    for (query, titles) in [
        ("q=lua", vec!["Giá lúa", "Lúa mới"]),
        ("q=lua&sort=relevance", vec!["Giá lúa", "Lúa mới"]),
        ("q=lua&sort=published_at", vec!["Lúa mới", "Giá lúa"]),
        ("q=lua&sort=-published_at&published_before=2022-01-01T00:00:00Z", vec!["Lúa mới"]),
        ("q=lua&category=khong-co", vec![]),
        ("q=!&sort=published_at", vec![]),
        ("q=luaa", vec!["Giá lúa", "Lúa mới"]),
        // One letter more or less is one letter: `lũ` is meant as well.
        ("q=luo", vec!["Giá lúa", "Mưa lũ", "Lúa mới"]),
    ] {
        let answer = site.get(&format!("/api/v1/articles?count=exact&{query}")).await;
        assert_eq!(
            (answer.titles(), &answer.body["meta"]["count"]),
            (titles.iter().map(ToString::to_string).collect(), &json!(titles.len())),
            "{query}"
        );
        let pages = site.pages(&format!("/api/v1/articles?limit=1&{query}")).await;
        assert_eq!(pages.concat(), titles, "{query}");
    }
    let refused = site.get("/api/v1/articles?sort=relevance").await;
    assert_eq!(refused.is_problem(400, "bad_request").errors(), ["/sort needs_q"]);
}
