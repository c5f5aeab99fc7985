//! A corpus that is added to a newsroom at work: in steps, and nobody waits for it.

use std::{
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, dsl::sql, sql_types::Text};
use serde_json::json;
use tintuc::corpus::seed::{self, Outcome, Plan};

use crate::{
    cache::until,
    facets::wrong,
    support::{Approver, Editor, Site, an_article, postgres},
};

/// Some batches, the last of them not whole.
const ARTICLES: u32 = 500;

const LIST: &str = "/api/v1/articles";

fn plan(seed: u64) -> Plan {
    let until: DateTime<Utc> = "2025-12-31T17:00:00Z".parse().unwrap();
    Plan { articles: ARTICLES, seed, until }
}

async fn added(site: &Site, plan: Plan) -> Outcome {
    let newsroom = site.app.newsroom.clone();
    actix_web::web::block(move || seed::add(&newsroom, plan, |_| ())).await.unwrap().unwrap()
}

/// A digest of what the corpus consists of, but for numbers that are given in the order of commits, and how many came at
/// a time.
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
        "(SELECT article_id, version, name, actor_id, at, comment, publish_at, expires_at FROM transitions)",
        "(SELECT id, article_id, version, starts_at, expires_at, ended_at, end_reason FROM publications)",
        "published_articles",
        "published_categories",
        "published_tags",
        "published_links",
        "public_slugs",
        "view_totals",
        "(SELECT kind, subject_id, actor_id, data FROM events WHERE kind <> 'corpus.added')",
    ];
    site.digest(tables)
}

/// The command, which adds a corpus beside the service.
fn adding(site: &Site) -> Child {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tintuc"));
    command.args(["seed", "--add", "--until", "2026-01-01", "--articles", &ARTICLES.to_string(), "--data-dir"]);
    command.arg(data.path()).env("DATABASE_URL", site.database());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Holds up whoever writes into a table, until it is dropped.
fn hold_up(site: &Site, table: &str) -> PgConnection {
    let mut holder = PgConnection::establish(site.database()).unwrap();
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN SHARE MODE")).unwrap();
    holder
}

/// Waits until a command that was held up has come to where it waits.
async fn waits(site: &Site, command: &mut Child) {
    while postgres::processes(site.database(), "wait_event_type = 'Lock'") == 0 {
        assert!(command.try_wait().unwrap().is_none(), "it ended before it came there");
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What lists by date show first, from the database.
fn newest(site: &Site) -> Vec<String> {
    let newest = "article_id::text FROM delivery.articles ORDER BY published_at DESC, article_id DESC LIMIT 100";
    site.transaction(|tx| Ok(diesel::select(sql::<Text>(newest)).load(tx.conn)?))
}

#[actix_web::test]
async fn readers_see_each_batch_within_a_second_and_what_it_does_not_concern_stays_kept() {
    let site = Site::start().await;
    let category = site.category("Riêng tư").await;
    let page = format!("{LIST}/{}", site.live(an_article().filed_under(&category)).await.id);
    let reader = site.replica().await;
    let everything = site.count("publication_changes WHERE key = 'everything'");
    let states = "(SELECT DISTINCT generation FROM publication_changes) states";
    let before = site.count(states);
    // Each batch is held up until it has been looked at.
    let (step, mut steps) = tokio::sync::mpsc::channel(1);
    let (go, may_go) = tokio::sync::mpsc::channel(1);
    let newsroom = site.app.newsroom.clone();
    let adder = thread::spawn(move || {
        let may_go = Mutex::new(may_go);
        seed::add(&newsroom, plan(1), |articles| {
            step.blocking_send(articles).unwrap();
            may_go.lock().unwrap().blocking_recv().unwrap();
        })
    });

    let mut batches = Vec::new();
    while let Some(articles) = steps.recv().await {
        let (public, newest) = (site.count("delivery.articles"), newest(&site));
        let read = async |query: &str| reader.get(&format!("{LIST}?limit=100{query}")).await;
        let is_counted = async || read("&count=exact").await.body["meta"]["count"] == public;
        let is_listed = async || read("").await.rows().iter().map(|row| row["id"].as_str().unwrap()).eq(&newest);
        let seen = until(async || is_counted().await && is_listed().await).await;
        assert!(seen < Duration::from_secs(1), "{seen:?}");
        let list = read("").await;
        let last = list.rows().iter().find(|row| row["category"]["slug"] != "rieng-tu");
        if let Some(last) = last {
            let words: Vec<&str> = last["title"].as_str().unwrap().split(' ').take(6).collect();
            let query = serde_urlencoded::to_string([("q", words.join(" "))]).unwrap();
            until(async || read(&format!("&{query}")).await.is(200).rows().iter().any(|row| row["id"] == last["id"]))
                .await;
        }
        assert_eq!((last.is_some(), wrong(&site)), (articles > 0, 0), "after {articles}");
        // Once its people and its taxonomy are there, nothing of a corpus concerns this page.
        let statements = site.app.delivery.statements();
        site.get(&page).await.is(200);
        assert!(articles == 0 || site.app.delivery.statements() == statements, "after {articles}");
        batches.push(articles);
        go.send(()).await.unwrap();
    }

    assert_eq!(adder.join().unwrap().unwrap(), Outcome::Made);
    assert_eq!((batches[0], batches.last()), (0, Some(&ARTICLES.into())));
    assert!(batches.is_sorted() && batches.len() <= 1 + ARTICLES as usize / 10, "{batches:?}");
    assert_eq!(site.count("publication_changes WHERE key = 'everything'"), everything + 1);
    assert_eq!(site.count(states), before + i64::try_from(batches.len()).unwrap());
    assert_eq!((site.count("publication_batches"), site.count("publication_batch_keys")), (0, 0));
}

#[actix_web::test]
async fn an_editor_publishes_while_a_batch_is_under_way() {
    let site = Site::start().await;
    assert_eq!(added(&site, Plan { articles: 100, ..plan(2) }).await, Outcome::Made);
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let (states, before) = ("(SELECT DISTINCT generation FROM publication_changes) states", site.count("articles"));
    let holder = hold_up(&site, "view_totals");
    let mut command = adding(&site);
    // The batch has written its articles, copies and slugs by now.
    waits(&site, &mut command).await;

    let article =
        an_article().filed_under("y-te").tagged(["Thông tin chung"]).with("author", json!({ "name": "Sở Y tế" }));
    let known = site.count(states);
    let article = editor.submits(article).await;
    let article = approver.publishes(&approver.approves(&article).await).await;

    site.public(&article).await.is(200);
    assert_eq!((site.count("articles"), site.count(states)), (before + 1, known + 1));
    drop(holder);
    assert!(command.wait().unwrap().success());
    assert_eq!(site.count("articles"), before + 1 + i64::from(ARTICLES));
    assert_eq!(wrong(&site), 0);
}

#[actix_web::test]
async fn what_was_killed_anywhere_goes_on_where_it_was_and_makes_the_same() {
    let (whole, killed) = (Site::start().await, Site::start().await);
    assert!(adding(&whole).wait().unwrap().success());

    // In the middle of the people, of a batch, and at the end of another.
    for (table, articles) in [("tags", 0), ("public_slugs", 50), ("events", 150)] {
        let mut command = adding(&killed);
        while killed.count("articles") < articles {
            assert!(command.try_wait().unwrap().is_none(), "it ended before {articles} articles were there");
            actix_web::rt::time::sleep(Duration::from_millis(2)).await;
        }
        let holder = hold_up(&killed, table);
        waits(&killed, &mut command).await;
        command.kill().unwrap();
        command.wait().unwrap();
        drop(holder);
    }
    let (made, there) = (adding(&killed).wait_with_output().unwrap(), adding(&killed).wait_with_output().unwrap());

    let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();
    assert!(said(made).starts_with("Made 500 articles"));
    assert_eq!(said(there), "These 500 articles are there already.\n");
    assert_eq!(digest(&killed), digest(&whole));
}

#[actix_web::test]
async fn one_corpus_after_the_other_shares_its_taxonomy_and_takes_other_slugs() {
    let site = Site::start().await;
    site.category("Y tế").await;
    site.live(an_article().filed_under("y-te").tagged(["Thông tin chung"])).await;
    let other = Plan { articles: 300, ..plan(2) };

    assert_eq!((added(&site, plan(1)).await, added(&site, other).await), (Outcome::Made, Outcome::Made));

    assert_eq!(site.count("articles"), 1 + i64::from(ARTICLES) + 300);
    assert_eq!((site.count("categories"), site.count("tags WHERE name = 'Thông tin chung'")), (37, 1));
    assert_eq!(site.count("users WHERE disabled_at IS NOT NULL"), 14);
    let tag = site.get(&format!("{LIST}?tag=thong-tin-chung&count=exact")).await;
    let health = site.get(&format!("{LIST}?category=y-te&count=exact")).await;
    for list in [tag, health] {
        assert!(list.is(200).body["meta"]["count"].as_i64().unwrap() > 30, "{}", list.body["meta"]);
    }
    // Both corpora write of the same.
    assert!(site.count("slugs WHERE slug ~ '-2$'") > 5);
    assert_eq!(site.count("articles WHERE legacy_id IS NOT NULL"), 0);
    assert_eq!((added(&site, plan(1)).await, added(&site, other).await), (Outcome::There, Outcome::There));
    assert_eq!(wrong(&site), 0);
}

#[actix_web::test]
async fn search_finds_what_was_added() {
    let site = Site::start().await;
    assert_eq!(added(&site, Plan { articles: 100, ..plan(1) }).await, Outcome::Made);

    super::all_is_found(&site).await;
}
