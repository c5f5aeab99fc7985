//! The corpus for demos and load tests: the same each time, and whole in every respect that the service relies on.

mod add;

use std::{collections::BTreeMap, process::Command};

use chrono::{DateTime, Utc};
use diesel::{RunQueryDsl, dsl::sql, sql_types::Text};
use serde_json::{Value, json};
use tintuc::corpus::seed::{self, Outcome, Plan, fate::Fate};

use crate::{
    cache::until,
    support::{Admin, Approver, Editor, Person, Site, an_article, person::Handle, postgres},
};

const ARTICLES: u32 = 300;

fn plan() -> Plan {
    let until: DateTime<Utc> = "2025-12-31T17:00:00Z".parse().unwrap();
    Plan { articles: ARTICLES, seed: 1, until }
}

fn seeded(site: &Site, plan: Plan) -> Outcome {
    seed::load(&site.app.newsroom, plan, |_| ()).unwrap()
}

/// A service over a corpus.
async fn corpus() -> Site {
    let site = Site::start().await;
    assert_eq!(seeded(&site, plan()), Outcome::Made);
    site
}

/// A digest of everything that the corpus consists of, but for when it was made.
fn digest(site: &Site) -> String {
    let tables = [
        "users",
        "role_grants",
        "categories",
        "category_ancestors",
        "authors",
        "tags",
        "articles",
        "slugs",
        "article_versions",
        "transitions",
        "publications",
        "published_articles",
        "published_tags",
        "published_links",
        "public_slugs",
        "view_totals",
        "(SELECT kind, subject_id, actor_id, data, recorded_at FROM events WHERE kind <> 'corpus.seeded')",
    ];
    site.digest(tables)
}

/// Every row of a management list, page by page.
async fn all(person: &Person<'_>, path: &str) -> Vec<Value> {
    let (mut rows, mut path) = (Vec::new(), path.to_owned());
    loop {
        let page = person.get(&path).await;
        rows.extend_from_slice(page.is(200).rows());
        let Some(next) = page.next() else { return rows };
        next.strip_prefix("/api/v1/manage").unwrap().clone_into(&mut path);
    }
}

#[actix_web::test]
async fn the_same_plan_makes_the_same_corpus_and_another_seed_another() {
    let (one, two, three) = (corpus().await, corpus().await, Site::start().await);
    assert_eq!(seeded(&three, Plan { seed: 2, ..plan() }), Outcome::Made);

    assert_eq!(digest(&one), digest(&two));
    assert_ne!(digest(&one), digest(&three));
}

#[actix_web::test]
async fn a_corpus_is_not_mixed_with_other_content() {
    let site = Site::start().await;
    site.category("Thông báo").await;

    let Outcome::Refused(why) = seeded(&site, plan()) else { panic!("it was not refused") };

    assert!(why.contains("holds categories"), "{why}");
    assert_eq!((site.count("articles"), site.count("users WHERE disabled_at IS NOT NULL")), (0, 0));
}

#[actix_web::test]
async fn a_corpus_that_ends_in_the_future_is_refused() {
    let site = Site::start().await;
    let Outcome::Refused(why) = seeded(&site, Plan { until: Utc::now() + chrono::Duration::days(1), ..plan() }) else {
        panic!("it was not refused")
    };
    assert!(why.contains("future"), "{why}");
}

#[actix_web::test]
async fn seeding_again_changes_nothing_and_another_corpus_is_refused() {
    let site = corpus().await;
    let before = digest(&site);

    assert_eq!(seeded(&site, plan()), Outcome::There);
    let other = seeded(&site, Plan { articles: ARTICLES + 1, ..plan() });

    assert!(matches!(other, Outcome::Refused(why) if why.contains("another corpus")));
    assert_eq!(digest(&site), before);
}

#[actix_web::test]
async fn every_index_and_every_constraint_is_there_again() {
    let site = Site::start().await;
    let schema = || {
        let lines = "line FROM (SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public' UNION ALL \
                     SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint \
                      WHERE connamespace = 'public'::regnamespace) lines ORDER BY 1";
        site.transaction(|tx| Ok(diesel::select(sql::<Text>(lines)).load::<String>(tx.conn)?))
    };
    let before = schema();

    assert_eq!(seeded(&site, plan()), Outcome::Made);

    assert!(before.len() > 100);
    assert_eq!(schema(), before);
    site.sql("UPDATE published_articles SET author_id = gen_random_uuid()").unwrap_err();
}

#[actix_web::test]
async fn articles_stand_where_their_stories_left_them() {
    let site = corpus().await;
    let admin = site.person([Admin]).await;
    let mut intended: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for number in 0..ARTICLES {
        let stands = match Fate::of(number) {
            Fate::Live => ("approved", "live"),
            Fate::Edited => ("draft", "live"),
            Fate::Draft => ("draft", "unpublished"),
            Fate::Pending => ("pending", "unpublished"),
            Fate::Rejected => ("rejected", "unpublished"),
            Fate::Approved => ("approved", "unpublished"),
            Fate::Scheduled => ("approved", "scheduled"),
            Fate::Withdrawn => ("approved", "withdrawn"),
            Fate::Expired => ("approved", "expired"),
            Fate::Trashed => continue,
        };
        *intended.entry(stands).or_default() += 1;
    }

    let articles = all(&admin, "/articles?limit=100").await;

    let mut found: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for article in &articles {
        *found.entry((article["approval"].as_str().unwrap(), article["status"].as_str().unwrap())).or_default() += 1;
    }
    assert_eq!(found, intended);
    assert_eq!(found.len(), 9);
    assert!(found[&("approved", "live")] * 10 >= ARTICLES as usize * 9);
    assert_eq!(articles.len() + all(&admin, "/trash?limit=100").await.len(), ARTICLES as usize);
}

#[actix_web::test]
async fn readers_find_the_live_articles_and_each_opens() {
    let site = corpus().await;
    let (mut shown, mut path) = (Vec::new(), "/api/v1/articles?limit=100".to_owned());
    while !path.is_empty() {
        let page = site.get(&path).await;
        shown.extend_from_slice(page.is(200).rows());
        path = page.next().unwrap_or_default().to_owned();
    }
    assert_eq!(shown.len() as i64, site.count("delivery.articles"));
    assert_eq!(site.count("delivery.articles"), site.count("delivery.slugs"));

    let mut sizes = Vec::new();
    for card in &shown {
        let article = site.get(&format!("/api/v1/articles/{}", card["slug"].as_str().unwrap())).await;
        assert_eq!(article.is(200).data()["id"], card["id"]);
        sizes.push(article.bytes.len());
    }
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    assert!((4000..7000).contains(&median), "{median} bytes");
    let types: std::collections::BTreeSet<_> =
        shown.iter().map(|it| it["article_type"]["code"].as_str().unwrap()).collect();
    assert_eq!(types.len(), 5, "{types:?}");
}

#[actix_web::test]
async fn every_article_is_found_under_its_top_category_and_by_its_tags() {
    let site = corpus().await;
    let count = async |query: &str| {
        let answer = site.get(&format!("/api/v1/articles?count=exact&limit=1&{query}")).await;
        answer.is(200).body["meta"]["count"].as_i64().unwrap()
    };
    let admin = site.person([Admin]).await;
    let categories = admin.get("/categories").await.data().as_array().unwrap().clone();
    let mut filed = 0;
    for top in categories.iter().filter(|category| category["parent"].is_null()) {
        filed += count(&format!("category={}", top["slug"].as_str().unwrap())).await;
    }

    assert_eq!(categories.len(), 37);
    assert_eq!(filed, site.count("delivery.articles"));
    // By Zipf's law a few tags are common.
    assert!(count("tag=thong-tin-chung").await > 30);
}

#[actix_web::test]
async fn translations_are_linked_both_ways() {
    let site = corpus().await;
    let list = site.get("/api/v1/articles?limit=100").await;
    let english = list.rows().iter().find(|row| row["locale"] == "en").expect("an article in English").clone();
    let english = site.get(&format!("/api/v1/articles/{}", english["id"].as_str().unwrap())).await.data().clone();

    let original = english["translations"][0]["id"].as_str().expect("an original");
    let original = site.get(&format!("/api/v1/articles/{original}")).await.is(200).data().clone();

    assert_eq!((&original["locale"], &original["translations"][0]["id"]), (&json!("vi"), &english["id"]));
    assert_eq!(original["category"], english["category"]);
}

#[actix_web::test]
async fn the_newsroom_goes_on_with_articles_of_the_corpus() {
    let site = corpus().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let list = site.get("/api/v1/articles?limit=3").await;
    let id = list.rows()[2]["id"].as_str().unwrap().to_owned();
    let article = editor.sees(&Handle { id, etag: String::new(), data: Value::Null }).await;
    let steps = editor.history(&article).await;
    assert!(steps.len() >= 3, "{steps:#?}");

    let article = editor.edits(&article, json!({ "title": "Tiêu đề đã sửa" })).await;
    let article = editor.does(tintuc::newsroom::Transition::Submit, &article).await;
    let article = approver.publishes(&approver.approves(&article).await).await;

    let public = site.public(&article).await;
    assert_eq!((&public.data()["title"], &public.data()["body"]), (&json!("Tiêu đề đã sửa"), article.field("body")));
    assert_eq!(editor.history(&article).await.len(), steps.len() + 3);
    let category = article.field("category")["slug"].as_str().unwrap();
    editor.creates(an_article().filed_under(category)).await;
}

#[actix_web::test]
async fn nobody_can_sign_in_as_the_staff_of_the_corpus() {
    let site = corpus().await;
    assert_eq!(site.count("users"), site.count("users WHERE disabled_at IS NOT NULL"));
    site.sql("UPDATE users SET disabled_at = NULL").unwrap();
    for password in ["", "none"] {
        site.sign_in("phong-vien-1@corpus.tintuc.example", password).await.is_problem(401, "invalid_credentials");
    }
}

#[test]
fn the_command_fills_a_database_once() {
    let url = postgres::fresh_database(None);
    let run = |articles: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintuc"));
        let data = tempfile::tempdir().unwrap();
        command.args(["seed", "--until", "2025-12-31", "--articles", articles, "--data-dir"]).arg(data.path());
        let output = command.env("DATABASE_URL", &url).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };

    let (made, there, refused) = (run("40"), run("40"), run("41"));

    assert!(made.0 == Some(0) && made.1.starts_with("Made 40 articles"), "{made:?}");
    assert_eq!(there, (Some(0), "These 40 articles are there already.\n".to_owned()));
    assert!(refused.0 == Some(1) && refused.1.contains("another corpus"), "{refused:?}");
}

#[actix_web::test]
async fn search_finds_the_corpus() {
    let site = corpus().await;

    all_is_found(&site).await;

    let titles = site.public_titles("?limit=100").await;
    assert_eq!(titles.len(), 100);
    for title in titles.iter().step_by(10) {
        let query = serde_urlencoded::to_string([("q", title)]).unwrap();
        assert!(site.public_titles(&format!("?{query}")).await.contains(title), "{title}");
    }
}

/// Whether search finds as many articles with a common word as the database has. It takes its time over hundreds that
/// come at once.
async fn all_is_found(site: &Site) {
    let texts =
        "concat_ws(' ', card ->> 'kicker', card ->> 'title', card ->> 'summary', search_plain(rest ->> 'body'))";
    let there = site.count(&format!("delivery.articles WHERE search_fold(search_words({texts})) @> ARRAY['la']"));
    assert!(there > 10);
    until(async || {
        let found = site.get("/api/v1/articles?count=exact&q=la&limit=1").await;
        found.is(200).body["meta"]["count"] == there
    })
    .await;
}
