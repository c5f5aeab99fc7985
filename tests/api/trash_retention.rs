//! How long the trash keeps what was deleted; and what was ever public, which is never purged.

use actix_web::web::block;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::{newsroom::articles::retention::Retention, settings::KeepPublished};

use crate::support::{Admin, Answer, Approver, Person, Site, an_article, person::Handle};

async fn tries_to_purge(site: &Site, admin: &Person<'_>, article: &Handle) -> Answer {
    site.send(admin.request(Method::DELETE, &format!("/trash/{}", article.id))).await
}

async fn deleted(admin: &Person<'_>, article: &Handle) {
    admin.tries_to_delete(&admin.sees(article).await, "?reason=nhầm").await.is(204);
}

/// Has the service purge what is old, step by step, and says how much each took.
fn purges_old(site: &Site) -> Vec<usize> {
    let retention = site.app.trash_retention();
    let step = || site.transaction(|tx| retention.purge_old(tx));
    std::iter::from_fn(|| Some(step()).filter(|purged| *purged > 0)).collect()
}

#[actix_web::test]
async fn what_was_ever_public_is_not_purged_whoever_wants_it() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let admin = site.person([Admin]).await;
    deleted(&admin, &live).await;

    let refusal = tries_to_purge(&site, &admin, &live).await;

    refusal.is_problem(409, "conflict");
    assert_eq!(
        refusal.body["detail"],
        "Bài viết đã từng được công bố nên phải được lưu giữ. Bài viết vẫn nằm trong thùng rác."
    );
    assert!(!site.events(&live).contains(&"article.purged".to_owned()));
    // Its address is nobody else's.
    assert_ne!(admin.creates(an_article()).await.slug(), live.slug());
    admin.post(&format!("/trash/{}/restore", live.id), &json!({})).await.is(200);
}

#[actix_web::test]
async fn what_was_to_become_public_and_never_did_can_be_purged() {
    let site = Site::start().await;
    let approved = site.approved(site.article().await).await;
    let (admin, approver) = (site.person([Admin]).await, site.person([Approver]).await);
    let scheduled = approver.publishes_with(&approved, json!({ "publish_at": "2099-01-01T00:00:00Z" })).await;
    deleted(&admin, &scheduled).await;

    tries_to_purge(&site, &admin, &scheduled).await.is(204);
}

#[actix_web::test]
async fn where_nobody_asks_to_keep_what_was_public_it_can_be_purged() {
    let site = Site::with(|settings| settings.keep_published = KeepPublished::Off).await;
    let (asked, old) = (site.live(site.article().await).await, site.live(an_article().filed_under("thong-bao")).await);
    let admin = site.person([Admin]).await;
    deleted(&admin, &asked).await;
    deleted(&admin, &old).await;

    tries_to_purge(&site, &admin, &asked).await.is(204);
    site.time_passes(TimeDelta::days(94));

    assert_eq!(purges_old(&site), [1]);
    assert_eq!(site.count("articles") + site.count("publications"), 0);
}

#[actix_web::test]
async fn what_is_in_the_trash_for_long_is_purged_by_nobody_and_what_was_public_stays() {
    let site = Site::with(|settings| settings.trash_retention = 30).await;
    let live = site.live(site.article().await).await;
    let admin = site.person([Admin]).await;
    let (draft, restored) = (admin.creates(an_article()).await, admin.creates(an_article()).await);
    for article in [&live, &draft, &restored] {
        deleted(&admin, article).await;
    }
    site.time_passes(TimeDelta::days(20));
    let late = admin.creates(an_article()).await;
    deleted(&admin, &late).await;
    assert_eq!(purges_old(&site), [0; 0]);
    site.time_passes(TimeDelta::days(31));
    let admin = site.person([Admin]).await;
    admin.post(&format!("/trash/{}/restore", restored.id), &json!({})).await.is(200);

    assert_eq!(purges_old(&site), [1]);

    let entries = admin.get(&format!("/audit?subject={}&action=article.purged", draft.id)).await;
    let [entry] = entries.is(200).rows().as_slice() else { panic!("{:#}", entries.body) };
    assert_eq!((&entry["actor"], &entry["address"]), (&Value::Null, &Value::Null));
    let trash = admin.get("/trash").await;
    let left: Vec<&Value> = trash.rows().iter().map(|row| &row["id"]).collect();
    assert_eq!(left, [&json!(late.id), &json!(live.id)]);
}

#[actix_web::test]
async fn the_trash_says_when_an_article_goes() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let admin = site.person([Admin]).await;
    deleted(&admin, &live).await;
    deleted(&admin, &admin.creates(an_article()).await).await;

    let trash = admin.get("/trash").await;

    let moment = |value: &Value| -> DateTime<Utc> { value.as_str().unwrap().parse().unwrap() };
    let [draft, public] = trash.rows().as_slice() else { panic!("{:#}", trash.body) };
    assert_eq!(moment(&draft["purged_at"]) - moment(&draft["deleted_at"]), TimeDelta::days(93));
    assert_eq!(public["purged_at"], Value::Null);
    let patient = Site::over(site.database(), |settings| settings.trash_retention = 0).await;
    assert_eq!(admin.at(&patient).get("/trash").await.rows()[0]["purged_at"], Value::Null);
    patient.time_passes(TimeDelta::days(9000));
    assert_eq!(purges_old(&patient), [0; 0]);
}

#[actix_web::test]
async fn replicas_that_purge_at_once_purge_each_article_once() {
    let site = Site::start().await;
    let admin = site.person([Admin]).await;
    admin.creates(an_article().titled("Mẫu")).await;
    site.sql(
        "INSERT INTO articles (id, approval, current_version, revision, locale, complete, created_at, created_by, \
                               updated_at, updated_by, deleted_at, deleted_by) \
         SELECT gen_random_uuid(), 'draft', 1, 1, 'vi', false, now(), created_by, now(), created_by, \
                now() - interval '200 days', created_by FROM articles, generate_series(1, 250); \
         INSERT INTO article_versions (article_id, version, content, edited_by, edited_at) \
         SELECT id, 1, '{}', created_by, now() FROM articles WHERE deleted_at IS NOT NULL",
    )
    .unwrap();
    let replicas = [site.replica().await, site.replica().await, site.replica().await];

    let steps = replicas.iter().map(|replica| {
        let (newsroom, retention) = (replica.app.newsroom.clone(), replica.app.trash_retention());
        block(move || {
            let step = || newsroom.transaction_here(|tx| retention.purge_old(tx)).unwrap();
            std::iter::from_fn(|| Some(step()).filter(|purged| *purged > 0)).sum::<usize>()
        })
    });
    let purged: usize = futures_util::future::join_all(steps).await.into_iter().map(Result::unwrap).sum();

    assert_eq!(purged, 250);
    assert_eq!(site.count("articles"), 1);
    assert_eq!(site.count("events WHERE kind = 'article.purged' AND actor_id IS NULL"), 250);
    assert_eq!(site.count("(SELECT DISTINCT subject_id FROM events WHERE kind = 'article.purged') t"), 250);
}

#[actix_web::test]
async fn the_database_itself_keeps_what_was_public() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let scheduled = site.approved(an_article().filed_under("thong-bao")).await;
    let approver = site.person([Approver]).await;
    approver.publishes_with(&scheduled, json!({ "publish_at": "2099-01-01T00:00:00Z" })).await;
    let digest = || site.digest(["articles", "publications", "article_versions", "published_articles"]);
    let before = digest();

    for statement in [
        format!("DELETE FROM articles WHERE id = '{}'", live.id),
        "DELETE FROM articles".to_owned(),
        format!("DELETE FROM publications WHERE article_id = '{}'", live.id),
        "TRUNCATE articles CASCADE".to_owned(),
        "TRUNCATE publications CASCADE".to_owned(),
    ] {
        let error = site.sql(&statement).expect_err(&statement).to_string();
        assert!(error.contains("what was public is kept"), "{statement}: {error}");
        assert_eq!(digest(), before, "{statement}");
    }

    // A replica of other opinion says so in its own transaction only.
    let stamp = tintuc::audit::Stamp::by_service(Utc::now());
    let lax = Retention { days: 1, keeps_published: false };
    site.transaction(|tx| lax.purge(tx, stamp, live.uuid()));
    site.sql(&format!("DELETE FROM articles WHERE id = '{}'", scheduled.id)).unwrap();
}
