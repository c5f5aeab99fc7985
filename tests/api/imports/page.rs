//! An item as a person would write it down from a page of the portal that is left, read back whole; and what is told of it.

use serde_json::{Value, json};

use super::list::List;
use crate::support::{Admin, Site};

const MAPPING: &str = r#"
[source]
list = "c0ffee00-1207-4a5e-9b1d-7a7a7a7a0015"
base = "https://cong.tinh.example"
time_zone = "Asia/Ho_Chi_Minh"
[columns]
"Tiêu đề" = "title"
"Tóm tắt" = "summary"
"Nội dung" = "body"
"Ngày xuất bản" = "published_at"
"Phân loại" = "category"
"Số lượt người đọc" = "views"
"Từ khóa" = "tags"
"#;

fn field(title: &str, name: &str, kind: &str) -> Value {
    json!({ "Title": title, "InternalName": name, "EntityPropertyName": name, "TypeAsString": kind, "Hidden": false,
            "ReadOnlyField": false })
}

/// The page "Phát động thi đua thực hiện “Năm Dân vận khéo” 2020".
fn page() -> List {
    let fields = json!({ "value": [
        field("Tiêu đề", "Title", "Text"),
        field("Tóm tắt", "T_x00f3_m_x0020_t_x1eaf_t", "Note"),
        field("Nội dung", "N_x1ed9_i_x0020_dung", "Note"),
        field("Ngày xuất bản", "Ng_x00e0_y_x0020_xu_x1ea5_t_x002", "DateTime"),
        field("Phân loại", "Ph_x00e2_n_x0020_lo_x1ea1_i", "Choice"),
        field("Số lượt người đọc", "S_x1ed1__x0020_l_x01b0__x1ee3_t", "Number"),
        field("Từ khóa", "TuKhoa", "Text"),
    ] });
    let item = json!({
        "Id": 1207,
        "GUID": "5f0c0000-0000-4000-8000-000000001207",
        "Title": "Phát động thi đua thực hiện “Năm Dân vận khéo” 2020",
        "T_x00f3_m_x0020_t_x1eaf_t": "<div class=\"ExternalClass1\">Văn phòng phát động thi đua&#58; “Năm Dân vận khéo” 2020.</div>",
        "N_x1ed9_i_x0020_dung":
            "<div class=\"ExternalClass9A\"><p class=\"MsoNormal\"><span style=\"mso-fareast-language:VI\">1. Thi đua quán triệt&#58; \
             các chỉ thị, nghị quyết.&#8203;</span></p><p>&#160;</p><p>2. Thi đua thực hiện <b>Kế hoạch 1553/KH-VP</b>.</p></div>",
        "Ng_x00e0_y_x0020_xu_x1ea5_t_x002": "2020-04-07T10:00:00Z",
        "Ph_x00e2_n_x0020_lo_x1ea1_i": "Tin Chuyên Ngành",
        "S_x1ed1__x0020_l_x01b0__x1ee3_t": 229,
        "TuKhoa": "dân vận; thi đua",
        "Created": "2020-04-07T09:30:00Z",
        "Modified": "2020-04-07T09:58:00Z",
        "OData__ModerationStatus": 0,
        "OData__UIVersionString": "1.0",
    });
    List::written([("fields.json", fields), ("items-00001.json", json!({ "value": [item] }))], MAPPING)
}

#[actix_web::test]
async fn the_page_of_the_portal_is_read_back_whole() {
    let site = Site::start().await;

    page().goes_to(&site, &[]).done();

    let article = site.get("/api/v1/articles/phat-dong-thi-dua-thuc-hien-nam-dan-van-kheo-2020").await;
    let article = article.is(200).data().clone();
    assert_eq!(article["title"], "Phát động thi đua thực hiện “Năm Dân vận khéo” 2020");
    assert_eq!(article["summary"], "Văn phòng phát động thi đua: “Năm Dân vận khéo” 2020.");
    assert_eq!(
        article["body"],
        "<p>1. Thi đua quán triệt: các chỉ thị, nghị quyết.</p><p>2. Thi đua thực hiện <b>Kế hoạch 1553/KH-VP</b>.</p>"
    );
    // 17:00 in Tây Ninh.
    assert_eq!(
        (&article["published_at"], &article["category"]["name"]),
        (&json!("2020-04-07T10:00:00Z"), &json!("Tin Chuyên Ngành"))
    );
    assert_eq!((&article["first_published_at"], &article["legacy_id"]), (&json!("2020-04-07T09:58:00Z"), &json!(1207)));
    let views = site.get(&format!("/api/v1/articles/{}/views", article["id"].as_str().unwrap())).await;
    assert_eq!(views.is(200).data()["views"], 229);
    let found = site.get("/api/v1/articles?q=dan+van+kheo").await;
    assert_eq!(found.is(200).titles(), ["Phát động thi đua thực hiện “Năm Dân vận khéo” 2020"]);
}

#[actix_web::test]
async fn its_approval_is_nobodys_and_its_past_is_told() {
    let site = Site::start().await;
    page().goes_to(&site, &[]).done();
    let admin = site.person([Admin]).await;
    let id = admin.get("/articles").await.rows()[0]["id"].as_str().unwrap().to_owned();

    let history = admin.get(&format!("/articles/{id}/history")).await;

    let steps: Vec<_> = history.is(200).rows().iter().map(|step| (step["name"].clone(), step["at"].clone())).collect();
    let at = json!("2020-04-07T09:58:00Z");
    assert_eq!(
        steps.iter().map(|(name, _)| name.as_str().unwrap()).collect::<Vec<_>>(),
        ["publish", "approve", "submit"]
    );
    assert!(steps.iter().all(|(_, when)| *when == at), "{steps:?}");
    assert_eq!(history.rows()[1]["actor"]["name"], "Chuyển từ SharePoint");
    let events: Vec<_> = admin.get(&format!("/audit?subject={id}")).await.rows().clone();
    assert_eq!(events.iter().map(|event| event["action"].as_str().unwrap()).collect::<Vec<_>>(), ["article.imported"]);
}

#[actix_web::test]
async fn partners_get_it_by_sync_and_no_bell_rings_unless_that_is_wanted() {
    for (more, told) in [(&[][..], 0), (&["--announce"][..], 1)] {
        let site = Site::start().await;
        let before = site.get("/api/v1/sync").await.is(200).body["meta"]["next_token"].as_str().unwrap().to_owned();

        page().goes_to(&site, more).done();

        let after = site.get(&format!("/api/v1/sync?token={before}")).await;
        assert_eq!(after.is(200).rows().len(), 1);
        assert_eq!(site.count("webhook_events"), told);
        let quiet = site.count("delivery.article_changes WHERE quietly");
        assert_eq!(quiet, 1 - told);
    }
}
