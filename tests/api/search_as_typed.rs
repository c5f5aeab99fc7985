//! Search as people type: codes, numbers and names with or without the signs inside them.

use crate::support::{Site, an_article};

async fn found(site: &Site, typed: &str) -> Vec<String> {
    let query = serde_urlencoded::to_string([("q", typed)]).unwrap();
    site.get(&format!("/api/v1/articles?{query}")).await.is(200).titles()
}

/// A site with articles of these titles, the last the newest.
async fn site_with<const N: usize>(titles: [&str; N]) -> Site {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    for title in titles {
        site.live(an_article().titled(title).filed_under(&category).with("body", "<p>Nội dung khác.</p>")).await;
    }
    site
}

#[actix_web::test]
async fn letters_and_digits_may_be_typed_apart_with_a_hyphen_or_together() {
    let site = site_with(["Tiêm COVID-19", "Ca covid19 mới", "Sau Covid 19"]).await;

    for typed in ["covid19", "covid-19", "covid 19", "COVID19", "“covid19”"] {
        assert_eq!(found(&site, typed).await, ["Sau Covid 19", "Ca covid19 mới", "Tiêm COVID-19"], "{typed}");
    }
    assert_eq!(found(&site, "covid18").await, [""; 0]);
}

#[actix_web::test]
async fn a_number_is_found_with_and_without_its_groups() {
    let site = site_with(["Hỗ trợ 1.553 hộ", "Xây 1553 nhà", "Trồng 1,553 cây", "Ngày 1 có 553 người"]).await;

    for typed in ["1553", "1.553", "1,553"] {
        assert_eq!(found(&site, typed).await, ["Trồng 1,553 cây", "Xây 1553 nhà", "Hỗ trợ 1.553 hộ"], "{typed}");
    }
    assert_eq!(found(&site, "\"1553 hộ\"").await, ["Hỗ trợ 1.553 hộ"]);
}

#[actix_web::test]
async fn the_number_of_a_document_is_found_with_and_without_its_signs() {
    let site = site_with(["Kế hoạch 622/KH-UBND", "Kế hoạch 623/KHUBND"]).await;

    for typed in
        ["622/KHUBND", "622/KH-UBND", "622 KH UBND", "622 khubnd", "622khubnd", "\"622/KHUBND\"", "622-kh/ubnd"]
    {
        assert_eq!(found(&site, typed).await, ["Kế hoạch 622/KH-UBND"], "{typed}");
    }
    for typed in ["kh-ubnd", "khubnd"] {
        assert_eq!(found(&site, typed).await, ["Kế hoạch 623/KHUBND", "Kế hoạch 622/KH-UBND"], "{typed}");
    }
}

#[actix_web::test]
async fn quotation_marks_and_apostrophes_are_one_however_they_are_typed() {
    let site = site_with(["Phong trào “Dân vận khéo”", "Lễ ở M’Drắk", "Hội ở M'Drắk", "Chợ ở MDrắk"]).await;

    for typed in
        ["“dân vận khéo”", "\"dân vận khéo\"", "'dân vận khéo'", "‘dân vận khéo’", "dân vận khéo", "«dan van» kheo"]
    {
        assert_eq!(found(&site, typed).await, ["Phong trào “Dân vận khéo”"], "{typed}");
    }
    for typed in ["m'drắk", "m’drak", "M‘Drắk", "mdrak", "MDrắk"] {
        assert_eq!(found(&site, typed).await, ["Chợ ở MDrắk", "Hội ở M'Drắk", "Lễ ở M’Drắk"], "{typed}");
    }
    assert_eq!(found(&site, "'vận dân'").await, [""; 0], "a phrase in single marks is one too");
}

#[actix_web::test]
async fn a_wrong_letter_and_suggestions_know_these_forms_too() {
    let site = site_with(["Kế hoạch 622/KH-UBND", "Thêm 1.553 ca COVID-19"]).await;

    for typed in ["covdi 19", "1.553 covit-19", "khunbd"] {
        assert_eq!(found(&site, typed).await.len(), 1, "{typed}");
    }
    for typed in ["covid1", "covid-1", "covid 19", "them 1.553", "1553 c", "ke hoach 622/kh", "khub"] {
        let suggested = site.get(&format!("/api/v1/suggest?q={typed}")).await;
        assert_eq!(suggested.is(200).rows().len(), 1, "{typed}");
    }
    let marked = site.get("/api/v1/articles?q=covid19").await;
    assert_eq!(marked.rows()[0]["highlight"]["title"], "Thêm 1.553 ca <mark>COVID-19</mark>");
}
