//! Text and markup that is accepted: kept whole, in one normal form, and harmless.

use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::support::{Author, Site, an_article};

#[actix_web::test]
async fn text_is_kept_whole() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for title in [
        "Gia đình 👨\u{200d}👩\u{200d}👧 và ❤\u{fe0f}",
        "Chữ Nôm 𡨸喃 trên bia đá",
        "Đầu tư R&D năm 2026",
        "Khi a < b và c > d",
        "&amp; là một thực thể",
        "Dấu 'nháy' và \"ngoặc kép\" \\",
        "'; DROP TABLE articles; --",
        "Trích: \u{202e}العربية\u{202c}",
        "10\u{a0}% dân số",
        "%00 %s {0} ${x} {{y}}",
    ] {
        let article = author.creates(an_article().titled(title).with("summary", title).tagged([title])).await;
        assert_eq!(article.field("title"), title);
        assert_eq!(article.field("summary"), title);
        assert_eq!(author.sees(&article).await.data, article.data);
    }
}

#[actix_web::test]
async fn decomposed_letters_are_composed() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let composed = "Đại hội Đảng bộ tỉnh";
    let decomposed: String = composed.nfd().collect();
    assert_ne!(decomposed, composed);

    let article = an_article().titled(&decomposed).with("summary", decomposed.as_str()).tagged([&decomposed]);
    let article = author.creates(article.with("body", format!("<p>{decomposed}</p>"))).await;

    assert_eq!(article.field("title"), composed);
    assert_eq!(article.field("summary"), composed);
    assert_eq!(article.field("body"), &format!("<p>{composed}</p>"));
    assert_eq!(article.field("tags"), &json!([composed]));
    assert_eq!(article.slug(), "dai-hoi-dang-bo-tinh");
}

#[actix_web::test]
async fn the_same_tag_in_another_spelling_is_the_same_and_with_other_marks_is_not() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let decomposed: String = "DÂN VẬN".nfd().collect();

    let article = author.creates(an_article().tagged(["Dân vận", &decomposed, " dân  vận ", "Dan van"])).await;

    assert_eq!(article.field("tags"), &json!(["Dân vận", "Dan van"]));
    let other = author.creates(an_article().tagged(["DÂN VẬN", "dan van"])).await;
    assert_eq!(other.field("tags"), article.field("tags"), "as whoever used it first wrote it");
}

#[actix_web::test]
async fn a_title_is_one_line() {
    let site = Site::start().await;

    let article = site.person([Author]).await.creates(an_article().titled("  Đại hội\r\n\tĐảng\u{7}  bộ ")).await;

    assert_eq!(article.field("title"), "Đại hội Đảng bộ");
}

#[actix_web::test]
async fn plain_text_with_markup_is_refused() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for text in ["<b>Nóng</b>", "a<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- x -->", "</p>"] {
        let refusal = author.tries_to_create(an_article().titled(text).with("summary", text)).await;
        refusal.is_problem(422, "validation_failed");
        assert_eq!(refusal.errors(), ["/summary markup", "/title markup"], "{text}");
    }
}

#[actix_web::test]
async fn script_in_a_text_does_not_survive() {
    let site = Site::start().await;
    let author = site.person([Author]).await;

    for (given, gone) in [
        ("<p>Tin</p><script>alert(1)</script>", "alert"),
        ("<p onclick=\"alert(1)\">Tin</p>", "alert"),
        ("<p><a href=\"javascript:alert(1)\">Tin</a></p>", "javascript"),
        ("<p>Tin<img src=\"x\" onerror=\"alert(1)\"></p>", "onerror"),
        ("<p>Tin</p><svg><script>alert(1)</script></svg>", "script"),
        ("<p>Tin<iframe srcdoc=\"<script>alert(1)</script>\"></iframe></p>", "srcdoc"),
        ("<p style=\"background:url(javascript:x)\">Tin</p>", "javascript"),
        ("<p>Tin</p><math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "onerror"),
    ] {
        let article = author.creates(an_article().with("body", given)).await;
        let body = article.field("body").as_str().unwrap();
        assert!(body.contains("Tin") && !body.contains(gone), "{body}");
        // Cleaned once, cleaned for good: writing it again changes nothing.
        assert_eq!(author.edits(&article, json!({ "body": body })).await.field("version"), 1);
    }
}
