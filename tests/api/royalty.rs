//! Royalties ("Số tiền"): set beside the article by those who pay, unseen by everyone else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Accountant, Admin, Answer, Approver, Author, Editor, Person, Site, an_article, person::Handle};

/// Tries to set the royalty, over the one with this entity tag.
async fn sets(site: &Site, person: &Person<'_>, article: &Handle, etag: Option<&str>, royalty: Value) -> Answer {
    let request = person.request(Method::PUT, &format!("/articles/{}/royalty", article.id));
    let request = etag.into_iter().fold(request, |request, etag| request.header("If-Match", etag));
    site.send(request.json(&royalty)).await
}

#[actix_web::test]
async fn a_royalty_is_not_there_until_set() {
    let site = Site::start().await;
    let article = site.person([Author]).await.creates(an_article()).await;
    for role in [Accountant, Admin] {
        let person = site.person([role]).await;

        person.get(&format!("/articles/{}/royalty", article.id)).await.is_problem(404, "not_found");

        assert_eq!(person.sees(&article).await.data.get("royalty"), Some(&Value::Null));
    }
}

#[actix_web::test]
async fn a_royalty_is_set_and_then_changed_over_the_one_in_force() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let (accountant, admin) = (site.person([Accountant]).await, site.person([Admin]).await);
    let first = sets(&site, &accountant, &article, None, json!({ "amount": 350_000 })).await;
    assert_eq!(first.is(200).data(), &json!({ "amount": 350_000, "currency": "VND" }));

    let held = first.header("etag");
    let second = sets(&site, &admin, &article, Some(&held), json!({ "amount": 20, "currency": "USD" })).await;

    assert_eq!(second.is(200).data(), &json!({ "amount": 20, "currency": "USD" }));
    let read = accountant.get(&format!("/articles/{}/royalty", article.id)).await;
    assert_eq!((read.is(200).data(), read.header("etag")), (second.data(), second.header("etag")));
    assert_eq!(accountant.sees(&article).await.field("royalty"), second.data());
    assert_eq!(site.count("royalties WHERE (revision, amount) IN ((1, 350000), (2, 20))"), 2);
}

#[actix_web::test]
async fn nobody_overwrites_a_royalty_unseen() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let accountant = site.person([Accountant]).await;
    let early = sets(&site, &accountant, &article, Some("\"royalty-1\""), json!({ "amount": 1 })).await;
    early.is_problem(412, "stale_version");
    let first = sets(&site, &accountant, &article, None, json!({ "amount": 1 })).await.header("etag");
    let second = sets(&site, &accountant, &article, Some(&first), json!({ "amount": 2 })).await.header("etag");

    let other = json!({ "amount": 3 });
    sets(&site, &accountant, &article, None, other.clone()).await.is_problem(428, "precondition_required");
    sets(&site, &accountant, &article, Some("*"), other.clone()).await.is_problem(428, "precondition_required");
    let stale = sets(&site, &accountant, &article, Some(&first), other).await;

    assert_eq!(stale.is_problem(412, "stale_version").header("etag"), second);
    assert_eq!(accountant.sees(&article).await.field("royalty")["amount"], 2);
}

#[actix_web::test]
async fn of_two_first_settings_at_once_one_is_kept() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let (one, other) = (site.person([Accountant]).await, site.person([Accountant]).await);

    let (first, second) = tokio::join!(
        sets(&site, &one, &article, None, json!({ "amount": 1 })),
        sets(&site, &other, &article, None, json!({ "amount": 2 })),
    );

    let (kept, refused) = if first.status == 200 { (first, second) } else { (second, first) };
    refused.is_problem(428, "precondition_required");
    assert_eq!(one.sees(&article).await.field("royalty"), kept.is(200).data());
}

#[actix_web::test]
async fn setting_a_royalty_is_no_edit_of_the_article() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let accountant = site.person([Accountant]).await;
    let before = accountant.sees(&article).await;

    sets(&site, &accountant, &article, None, json!({ "amount": 1 })).await.is(200);

    let after = accountant.sees(&article).await;
    assert_eq!(
        (&after.etag, after.field("version"), after.field("updated_at")),
        (&before.etag, before.field("version"), before.field("updated_at"))
    );
    assert_eq!(after.field("approval"), "approved");
}

#[actix_web::test]
async fn whoever_may_not_see_royalties_sees_none() {
    let site = Site::start().await;
    let author = site.person([Author]).await;
    let article = author.creates(site.article().await).await;
    sets(&site, &site.person([Accountant]).await, &article, None, json!({ "amount": 987_654 })).await.is(200);
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);

    for person in [&author, &editor, &approver] {
        assert!(person.sees(&article).await.data.get("royalty").is_none());
        person.get(&format!("/articles/{}/royalty", article.id)).await.is_problem(403, "forbidden");
        sets(&site, person, &article, None, json!({ "amount": 1 })).await.is_problem(403, "forbidden");
        for path in ["/articles".to_owned(), format!("/articles/{}/versions", article.id)] {
            let answer = person.get(&path).await;
            assert!(!String::from_utf8_lossy(&answer.is(200).bytes).contains("987654"));
        }
    }
    let stranger = site.person([Author]).await;
    stranger.get(&format!("/articles/{}/royalty", article.id)).await.is_problem(404, "not_found");
    author.tries_to_edit(&article, json!({ "royalty": { "amount": 1 } })).await.is(422);
    assert_eq!(site.count("events WHERE data::text LIKE '%987654%'"), 0);
}

#[actix_web::test]
async fn a_royalty_is_a_whole_number_of_a_currency() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let accountant = site.person([Accountant]).await;
    for (royalty, error) in [
        (json!({}), "/amount required"),
        (json!({ "amount": -1 }), "/amount too_small"),
        (json!({ "amount": 1.5 }), "/amount wrong_type"),
        (json!({ "amount": 1, "currency": "đồng" }), "/currency invalid_format"),
        (json!({ "amount": 1, "note": "x" }), "/note unknown_field"),
    ] {
        let refusal = sets(&site, &accountant, &article, None, royalty).await;
        assert_eq!(refusal.is_problem(422, "validation_failed").errors(), [error]);
    }
}
