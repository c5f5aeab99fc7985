//! Royalties of many articles: added up, and worked out by rates.

use std::io::Read;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Unpublish;

use crate::support::{
    Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, article::ArticleBuilder,
    person::Handle,
};

/// Sets a royalty.
async fn earns(site: &Site, accountant: &Person<'_>, article: &Handle, royalty: Value) {
    let request = accountant.request(Method::PUT, &format!("/articles/{}/royalty", article.id));
    site.send(request.json(&royalty)).await.is(200);
}

/// Makes an article public, as if it had been so since then.
async fn since(site: &Site, article: ArticleBuilder, at: &str) -> Handle {
    let live = site.live(article).await;
    site.sql(&format!("UPDATE publications SET starts_at = '{at}' WHERE article_id = '{}'", live.id)).unwrap();
    live
}

async fn sets_rates(site: &Site, person: &Person<'_>, etag: Option<&str>, rates: &Value) -> Answer {
    let request = person.request(Method::PUT, "/royalty-rates");
    let request = etag.into_iter().fold(request, |request, etag| request.header("If-Match", etag));
    site.send(request.json(rates)).await
}

/// A row, as name, number of articles, amount and currency.
fn told(report: &Answer) -> Vec<(Value, Value, Value, Value)> {
    let row =
        |row: &Value| (row["name"].clone(), row["articles"].clone(), row["amount"].clone(), row["currency"].clone());
    report.is(200).rows().iter().map(row).collect()
}

fn keys(report: &Answer) -> Vec<Value> {
    report.is(200).rows().iter().map(|row| row["key"].clone()).collect()
}

fn by(name: &str) -> Value {
    json!({ "name": name })
}

#[actix_web::test]
async fn what_was_earned_is_added_up_by_author_month_category_and_article() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let (here, there) = (site.category("Ở đây").await, site.category("Ở kia").await);
    let article = |title: &str, author: &str, category: &str| {
        an_article().titled(title).with("author", by(author)).filed_under(category)
    };
    // The last minute of October and the first of November, in Vietnam.
    let one = since(&site, article("Một", "Sở Y tế", &here), "2026-10-31T16:59:00Z").await;
    let two = since(&site, article("Hai", "Sở Y tế", &there), "2026-10-31T17:00:00Z").await;
    let three = since(&site, article("Ba", "Ấn phẩm", &there), "2026-11-05T00:00:00Z").await;
    let four = since(&site, an_article().titled("Bốn").filed_under(&here), "2026-11-06T00:00:00Z").await;
    for (article, amount) in [(&one, 100), (&two, 20), (&three, 3)] {
        earns(&site, &accountant, article, json!({ "amount": amount })).await;
    }
    earns(&site, &accountant, &four, json!({ "amount": 7, "currency": "USD" })).await;

    let report = |query: &'static str| accountant.get(query);

    let authors = report("/royalties").await;
    assert_eq!(
        told(&authors),
        [
            (json!("Ấn phẩm"), json!(1), json!(3), json!("VND")),
            (json!("Sở Y tế"), json!(2), json!(120), json!("VND")),
            (Value::Null, json!(1), json!(7), json!("USD")),
        ]
    );
    assert_eq!(
        authors.body["meta"]["totals"],
        json!([
            { "currency": "USD", "articles": 1, "amount": 7 },
            { "currency": "VND", "articles": 3, "amount": 123 },
        ])
    );
    let months = report("/royalties?group_by=month&from=2026-10-01&to=2026-11-05").await;
    assert_eq!(keys(&months), [json!("2026-10"), json!("2026-11")]);
    assert_eq!(months.rows()[1]["amount"], 23);
    let categories = report("/royalties?group_by=category&from=2026-11-01").await;
    assert_eq!(
        told(&categories),
        [(json!("Ở đây"), json!(1), json!(7), json!("USD")), (json!("Ở kia"), json!(2), json!(23), json!("VND")),]
    );
    let articles = report("/royalties?group_by=article&to=2026-11-01").await;
    assert_eq!(keys(&articles), [json!(one.id), json!(two.id)]);
    assert_eq!(articles.rows()[0]["first_published_at"], "2026-10-31T16:59:00Z");
    assert_eq!(keys(&report("/royalties?from=2026-12-01").await), [Value::Null; 0]);
}

#[actix_web::test]
async fn the_last_royalty_counts_by_the_day_on_which_the_article_was_public_first() {
    let site = Site::start().await;
    let (accountant, approver) = (site.person([Accountant]).await, site.person([Approver]).await);
    let live = since(&site, site.article().await, "2026-10-01T00:00:00Z").await;
    earns(&site, &accountant, &live, json!({ "amount": 5 })).await;
    let tag = accountant.get(&format!("/articles/{}/royalty", live.id)).await.header("etag");
    let change = accountant.request(Method::PUT, &format!("/articles/{}/royalty", live.id)).header("If-Match", tag);
    site.send(change.json(&json!({ "amount": 9 }))).await.is(200);
    let withdrawn = approver.does(Unpublish, &live).await;
    approver.publishes(&withdrawn).await;

    let report = accountant.get("/royalties?group_by=month").await;

    assert_eq!((keys(&report), &report.rows()[0]["amount"]), (vec![json!("2026-10")], &json!(9)));
}

#[actix_web::test]
async fn articles_that_were_never_public_are_in_it_if_asked_for() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let live = since(&site, site.article().await, "2026-10-01T00:00:00Z").await;
    let approved = site.approved(site.article().await).await;
    let later = json!({ "publish_at": crate::support::in_minutes(60) });
    let scheduled = site.person([Approver]).await.publishes_with(&approved, later).await;
    for (article, amount) in [(&live, 1), (&scheduled, 20)] {
        earns(&site, &accountant, article, json!({ "amount": amount })).await;
    }

    assert_eq!(keys(&accountant.get("/royalties?group_by=article").await), [json!(live.id)]);
    let all = accountant.get("/royalties?group_by=month&unpublished=true").await;
    assert_eq!(
        (keys(&all), &all.body["meta"]["totals"][0]["amount"]),
        (vec![json!("2026-10"), Value::Null], &json!(21))
    );
}

#[actix_web::test]
async fn sums_are_exact_however_large() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let (one, two) = (site.live(site.article().await).await, site.live(an_article().filed_under("thong-bao")).await);
    for article in [&one, &two] {
        earns(&site, &accountant, article, json!({ "amount": 1 })).await;
    }
    site.sql(&format!("UPDATE royalties SET amount = {}", i64::MAX)).unwrap();

    let report = accountant.get("/royalties?group_by=category").await;

    let text = String::from_utf8(report.is(200).bytes.clone()).unwrap();
    // Twice 9,223,372,036,854,775,807.
    assert_eq!(text.matches("18446744073709551614").count(), 2, "{text}");
    let csv = accountant.get("/royalties?format=csv").await;
    assert!(String::from_utf8_lossy(&csv.bytes).contains("18446744073709551614"));
    let sheet = unpacked(&accountant.get("/royalties?format=xlsx").await.bytes, "xl/sharedStrings.xml");
    assert!(sheet.contains("18446744073709551614"), "{sheet}");
}

#[actix_web::test]
async fn a_report_is_also_a_csv_file_in_which_nothing_is_a_formula() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let category = site.category("Thông báo").await;
    for (title, amount) in [("=HYPERLINK(1), \"x\"", 5), ("Lịch", 6)] {
        let article = since(&site, an_article().titled(title).filed_under(&category), "2026-11-01T00:00:00Z").await;
        earns(&site, &accountant, &article, json!({ "amount": amount })).await;
    }

    let file = accountant.get("/royalties?group_by=article&format=csv").await;

    assert_eq!(file.is(200).header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"royalties.csv\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert_eq!(
        text,
        "\u{feff}Bài viết,Ngày đăng đầu tiên,Số bài,Số tiền,Loại tiền\r\n\
         \"'=HYPERLINK(1), \"\"x\"\"\",2026-11-01,1,5,VND\r\n\
         Lịch,2026-11-01,1,6,VND\r\n\
         Tổng cộng,,2,11,VND\r\n"
    );
    let english = accountant.request(Method::GET, "/royalties").header("accept", "text/csv");
    let english = site.send(english.header("accept-language", "en")).await;
    assert!(String::from_utf8_lossy(&english.is(200).bytes).starts_with("\u{feff}Author,Articles,Amount,Currency\r\n"));
}

#[actix_web::test]
async fn a_report_is_also_a_sheet_with_a_row_of_sums() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let article = since(&site, site.article().await.titled("=1+1"), "2026-11-01T00:00:00Z").await;
    earns(&site, &accountant, &article, json!({ "amount": 350_000 })).await;
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    let request = accountant.request(Method::GET, "/royalties?group_by=article").header("accept", XLSX);
    let file = site.send(request).await;

    assert_eq!(file.is(200).header("content-type"), XLSX);
    let (sheet, texts) =
        (unpacked(&file.bytes, "xl/worksheets/sheet1.xml"), unpacked(&file.bytes, "xl/sharedStrings.xml"));
    assert_eq!(sheet.matches("<v>350000</v>").count(), 2, "a row and the sum: {sheet}");
    assert!(!sheet.contains("<f>") && texts.contains("=1+1") && texts.contains("Tổng cộng"), "{texts}");
}

/// A member of a ZIP archive.
fn unpacked(archive: &[u8], wanted: &str) -> String {
    let archive = rawzip::ZipArchive::from_slice(archive).expect("an archive");
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().expect("an entry") {
        if entry.file_path().as_bytes() == wanted.as_bytes() {
            let stored = archive.get_entry(entry.wayfinder()).expect("its bytes");
            let mut text = String::new();
            flate2::bufread::DeflateDecoder::new(stored.data()).read_to_string(&mut text).expect("a text");
            return text;
        }
    }
    panic!("no {wanted}")
}

#[actix_web::test]
async fn only_who_may_see_royalties_sees_reports_and_rates() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let accountant = site.person([Accountant]).await;
    earns(&site, &accountant, &live, json!({ "amount": 987_654 })).await;
    let rates = json!({ "rates": [{ "article_type": "announcement", "base": 987_654 }] });
    sets_rates(&site, &accountant, None, &rates).await.is(200);

    for person in [site.person([Author]).await, site.person([Editor]).await, site.person([Approver]).await] {
        for path in ["/royalties", "/royalties?format=csv", "/royalty-rates"] {
            person.get(path).await.is_problem(403, "forbidden");
        }
        sets_rates(&site, &person, None, &json!({ "rates": [] })).await.is_problem(403, "forbidden");
        person.post("/royalties:propose", &json!({})).await.is_problem(403, "forbidden");
    }
    site.get("/api/v1/manage/royalties").await.is_problem(401, "unauthenticated");
    site.person([Admin]).await.get("/royalties").await.is(200);
    assert_eq!(site.count("events WHERE data::text LIKE '%987654%'"), 0);
}

#[actix_web::test]
async fn an_accountant_of_a_category_adds_up_what_is_filed_there() {
    let site = Site::start().await;
    let (here, there) = (site.category("Ở đây").await, site.category("Ở kia").await);
    let below = site.category_below("Bên dưới", Some(&here)).await;
    let accountant = site.person([Accountant]).await;
    for (category, amount) in [(&here, 1), (&below, 20), (&there, 300)] {
        let live = site.live(an_article().filed_under(category)).await;
        earns(&site, &accountant, &live, json!({ "amount": amount })).await;
    }
    let local = site.person_with(&[format!("accountant@{here}")]).await;

    let report = local.get("/royalties").await;

    assert_eq!(report.is(200).body["meta"]["totals"][0]["amount"], 21);
    sets_rates(&site, &local, None, &json!({ "rates": [] })).await.is_problem(403, "forbidden");
}

#[actix_web::test]
async fn what_is_asked_for_wrongly_is_refused() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    for (query, error) in [
        ("?from=2026-11-02&to=2026-11-01", "/from after_to"),
        ("?group_by=colour", "/group_by not_allowed"),
        ("?format=pdf", "/format not_allowed"),
        ("?from=hôm+qua", "/from invalid_format"),
    ] {
        let refusal = accountant.get(&format!("/royalties{query}")).await;
        assert_eq!(refusal.is_problem(400, "bad_request").errors(), [error], "{query}");
    }
    let picture = accountant.request(Method::GET, "/royalties").header("accept", "image/png");
    site.send(picture).await.is_problem(406, "not_acceptable");
    let html = accountant.request(Method::GET, "/articles").header("accept", "text/csv");
    site.send(html).await.is_problem(406, "not_acceptable");
}

#[actix_web::test]
async fn rates_are_set_and_then_changed_over_those_in_force() {
    let site = Site::start().await;
    let (accountant, admin) = (site.person([Accountant]).await, site.person([Admin]).await);
    accountant.get("/royalty-rates").await.is_problem(404, "not_found");
    let first =
        json!({ "rates": [{ "article_type": "news", "base": 200_000, "per_page": 50_000, "per_photo": 20_000 }] });

    let set = sets_rates(&site, &accountant, None, &first).await;

    assert_eq!(set.is(200).data(), &json!({ "currency": "VND", "rates": first["rates"] }));
    let read = admin.get("/royalty-rates").await;
    assert_eq!((read.is(200).data(), read.header("etag")), (set.data(), set.header("etag")));
    let second = json!({ "rates": [{ "article_type": "video", "base": 1 }] });
    sets_rates(&site, &admin, None, &second).await.is_problem(428, "precondition_required");
    sets_rates(&site, &admin, Some("\"rates-9\""), &second).await.is_problem(412, "stale_version");
    let same = sets_rates(&site, &admin, Some(&set.header("etag")), &first).await;
    assert_eq!(same.is(200).header("etag"), set.header("etag"), "what says nothing new is no change");
    let changed = sets_rates(&site, &admin, Some(&set.header("etag")), &second).await;
    let rates = json!([{ "article_type": "video", "base": 1, "per_page": 0, "per_photo": 0 }]);
    assert_eq!((&changed.is(200).data()["rates"], changed.header("etag") == set.header("etag")), (&rates, false));
    assert_eq!(site.count("royalty_rates"), 2, "what was in force before is kept");
    assert_eq!(site.count("events WHERE kind = 'rates.set'"), 2);
}

#[actix_web::test]
async fn of_two_first_settings_of_rates_at_once_one_is_kept() {
    let site = Site::start().await;
    let (one, other) = (site.person([Accountant]).await, site.person([Accountant]).await);
    let rates = |base: i32| json!({ "rates": [{ "article_type": "news", "base": base }] });

    let (one_says, other_says) = (rates(1), rates(2));
    let (first, second) =
        tokio::join!(sets_rates(&site, &one, None, &one_says), sets_rates(&site, &other, None, &other_says));

    let refused = if first.status == 200 { second } else { first };
    refused.is_problem(428, "precondition_required");
    assert_eq!(site.count("royalty_rate_tables"), 1);
}

#[actix_web::test]
async fn rates_are_whole_numbers_for_types_that_are_there() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    for (rate, error) in [
        (json!({ "base": 1 }), "/rates/0/article_type required"),
        (json!({ "article_type": "news", "base": 1.5 }), "/rates/0/base wrong_type"),
        (json!({ "article_type": "news", "base": -1 }), "/rates/0/base too_small"),
        (json!({ "article_type": "news", "per_page": 1_000_000_000_001_i64 }), "/rates/0/per_page too_large"),
        (json!({ "article_type": "news", "per_word": 1 }), "/rates/0/per_word unknown_field"),
        (json!({ "article_type": "thơ", "base": 1 }), "/rates/0/article_type unknown"),
    ] {
        let refusal = sets_rates(&site, &accountant, None, &json!({ "rates": [rate] })).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
    let twice = json!({ "rates": [{ "article_type": "news" }, { "article_type": "news" }] });
    let refusal = sets_rates(&site, &accountant, None, &twice).await;
    assert_eq!(refusal.is_problem(422, "validation_failed").errors(), ["/rates/1/article_type repeated"]);
    let huge = accountant.request(Method::PUT, "/royalty-rates").header("content-type", "application/json");
    let huge = huge.body(format!("{{\"rates\":[{{\"article_type\":\"news\",\"base\":1{}}}]}}", "0".repeat(30)));
    site.send(huge).await.is_problem(422, "validation_failed");
    assert_eq!(site.count("royalty_rate_tables"), 0);
}

#[actix_web::test]
async fn royalties_that_are_not_set_are_worked_out_by_the_rates() {
    let site = Site::start().await;
    let (accountant, editor) = (site.person([Accountant]).await, site.person([Editor]).await);
    let article = |pages: i32, photos: i32| {
        an_article().filed_under("thong-bao").with("page_count", pages).with("photo_count", photos)
    };
    site.category("Thông báo").await;
    let worked_out = site.live(article(3, 2)).await;
    editor.edits(&worked_out, json!({ "page_count": 100, "article_type": "video" })).await;
    let set = site.live(article(3, 2)).await;
    earns(&site, &accountant, &set, json!({ "amount": 1 })).await;
    let without_rate = site.live(article(1, 1).with("article_type", "video")).await;
    let draft = editor.creates(article(5, 5)).await;
    accountant.post("/royalties:propose", &json!({})).await.is_problem(409, "conflict");
    let rates =
        json!({ "rates": [{ "article_type": "announcement", "base": 1000, "per_page": 100, "per_photo": 10 }] });
    sets_rates(&site, &accountant, None, &rates).await.is(200);

    let proposal = accountant.post("/royalties:propose", &json!({})).await;

    assert_eq!(
        proposal.is(200).data(),
        &json!({ "articles": 1, "amount": 1320, "currency": "VND", "left": 1 }),
        "as the public version has it"
    );
    for (article, amount) in [(&worked_out, json!(1320)), (&set, json!(1))] {
        assert_eq!(accountant.sees(article).await.field("royalty")["amount"], amount);
    }
    for article in [&without_rate, &draft] {
        assert_eq!(accountant.sees(article).await.field("royalty"), &Value::Null);
    }
    assert_eq!(site.events(&worked_out).last().map(String::as_str), Some("royalty.set"));
    let again = accountant.post("/royalties:propose", &json!({})).await;
    assert_eq!(again.is(200).data(), &json!({ "articles": 0, "amount": 0, "currency": "VND", "left": 1 }));
}

#[actix_web::test]
async fn a_proposal_is_for_a_period_and_a_category_with_what_is_below() {
    let site = Site::start().await;
    let accountant = site.person([Accountant]).await;
    let here = site.category("Ở đây").await;
    let below = site.category_below("Bên dưới", Some(&here)).await;
    let there = site.category("Ở kia").await;
    for (category, at) in [
        (&here, "2026-10-31T16:59:00Z"),
        (&below, "2026-10-31T17:00:00Z"),
        (&there, "2026-11-01T00:00:00Z"),
        (&here, "2026-09-01T00:00:00Z"),
    ] {
        since(&site, an_article().filed_under(category), at).await;
    }
    sets_rates(&site, &accountant, None, &json!({ "rates": [{ "article_type": "announcement", "base": 5 }] }))
        .await
        .is(200);

    let wanted = json!({ "from": "2026-11-01", "to": "2026-11-30", "category": here });
    let first = accountant.post("/royalties:propose", &wanted).await;
    let unknown = accountant.post("/royalties:propose", &json!({ "category": "khong-co" })).await;
    let backwards = accountant.post("/royalties:propose", &json!({ "from": "2026-11-02", "to": "2026-11-01" })).await;

    assert_eq!((&first.is(200).data()["articles"], site.count("royalties")), (&json!(1), 1));
    assert_eq!(unknown.is_problem(422, "validation_failed").errors(), ["/category unknown"]);
    assert_eq!(backwards.is_problem(422, "validation_failed").errors(), ["/from after_to"]);
    let rest = accountant.request(Method::POST, "/royalties:propose");
    assert_eq!(site.send(rest).await.is(200).data()["articles"], 3);
}

#[actix_web::test]
async fn of_two_proposals_at_once_each_royalty_is_set_by_one() {
    let site = Site::start().await;
    let replica = site.replica().await;
    let (one, other) = (site.person([Accountant]).await, site.person([Accountant]).await);
    let category = site.category("Thông báo").await;
    for _ in 0..5 {
        site.live(an_article().filed_under(&category)).await;
    }
    sets_rates(&site, &one, None, &json!({ "rates": [{ "article_type": "announcement", "base": 5 }] })).await.is(200);

    let (there, nothing) = (other.at(&replica), json!({}));
    let (first, second) =
        tokio::join!(one.post("/royalties:propose", &nothing), there.post("/royalties:propose", &nothing));

    let set = |answer: &Answer| answer.is(200).data()["articles"].as_i64().unwrap();
    assert_eq!((set(&first) + set(&second), site.count("royalties")), (5, 5));
    assert_eq!(site.count("events WHERE kind = 'royalty.set'"), 5);
}

#[actix_web::test]
async fn a_report_of_a_period_is_read_by_its_index() {
    let site = Site::start().await;
    let now: DateTime<Utc> = Utc::now();
    let plan = site.plan(&format!(
        "SELECT p.article_id FROM publications p WHERE p.starts_at <= '{now}' AND p.starts_at >= '{now}'
            AND NOT EXISTS (SELECT FROM publications e
                             WHERE e.article_id = p.article_id AND (e.starts_at, e.id) < (p.starts_at, p.id))"
    ));
    assert!(plan.contains("publications_by_start") && plan.contains("publications_by_article"), "{plan}");
}
