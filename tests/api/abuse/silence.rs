//! A database that does not answer, not even with an error; and readers who are gone before the answer.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{
    Admin, Author, Site, an_article,
    postgres::{self, Own},
};

/// What a loaded machine may take beyond a limit.
const SLACK: Duration = Duration::from_secs(4);

/// A connection that keeps others from the categories, until it is dropped. What is asked for of them meanwhile waits.
fn holding_categories(site: &Site) -> PgConnection {
    let mut holder = PgConnection::establish(site.database()).unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE categories IN ACCESS EXCLUSIVE MODE").unwrap();
    holder
}

/// How many statements wait for somebody's lock.
fn waiting(site: &Site) -> i64 {
    postgres::processes(site.database(), "wait_event_type = 'Lock'")
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SLACK, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn what_nobody_waits_for_any_more_is_taken_back() {
    let site = Site::with(|settings| settings.public_timeout = 600).await;
    let _holder = holding_categories(&site);
    let read = |path| site.request(Method::GET, path).timeout(Duration::from_millis(500)).send();

    let (one, other) = tokio::join!(read("/api/v1/categories"), read("/api/v1/categories"));

    assert!(one.unwrap_err().is_timeout() && other.unwrap_err().is_timeout());
    until("a statement is worked on for nobody", || waiting(&site) == 0).await;
}

#[actix_web::test]
async fn a_reader_who_leaves_takes_nothing_from_one_who_waits() {
    let site = Site::with(|settings| settings.public_timeout = 600).await;
    let holder = holding_categories(&site);
    let leaves = site.request(Method::GET, "/api/v1/categories").timeout(Duration::from_millis(500)).send();
    let stays = async {
        until("the first is reading", || waiting(&site) == 1).await;
        site.get("/api/v1/categories").await
    };
    let releases = async {
        sleep(Duration::from_millis(800)).await;
        drop(holder);
    };

    let (left, stayed, ()) = tokio::join!(leaves, stays, releases);

    assert!(left.unwrap_err().is_timeout());
    stayed.is(200);
}

#[actix_web::test]
async fn a_question_to_the_database_has_an_end_on_either_side() {
    let site = Site::with(|settings| (settings.public_timeout, settings.management_timeout) = (1, 1)).await;
    let admin = site.person([Admin]).await;
    let _holder = holding_categories(&site);

    let (public, management) = tokio::join!(site.get("/api/v1/categories"), admin.get("/categories"));

    public.is_problem(503, "unavailable");
    management.is_problem(503, "unavailable");
    until("a statement goes on behind its answer", || waiting(&site) == 0).await;
}

#[actix_web::test]
async fn while_the_database_is_silent_memory_answers_and_writes_are_refused_in_time() {
    let server = Own::start();
    let short = |settings: &mut tintuc::settings::Settings| {
        (settings.public_timeout, settings.management_timeout) = (1, 2);
    };
    let site = Site::over(&server.url(), short).await;
    let author = site.person([Author]).await;
    let article = site.live(site.article().await).await;
    let kept = format!("/api/v1/articles/{}", article.id);
    site.get(&kept).await.is(200);

    let silence = server.silent("true");
    let begun = Instant::now();
    let write = async {
        let refused = author.post("/articles", &json!({ "title": "Không ai nghe" })).await;
        refused.is_problem(503, "unavailable");
        assert!(begun.elapsed() < Duration::from_secs(2) + SLACK, "the write took {:?}", begun.elapsed());
    };
    let not_kept = async {
        site.get("/api/v1/tags").await.is_problem(503, "unavailable");
        assert!(begun.elapsed() < Duration::from_secs(1) + SLACK, "the read took {:?}", begun.elapsed());
    };
    let readiness = async {
        let ready = site.request(Method::GET, "/health/ready").send().await.unwrap();
        assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(begun.elapsed() < Duration::from_secs(1) + SLACK, "readiness took {:?}", begun.elapsed());
    };
    let readers = async {
        while begun.elapsed() < Duration::from_secs(3) {
            site.get(&kept).await.is(200);
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::join!(write, not_kept, readiness, readers);
    drop(silence);

    let back = Instant::now();
    let well = || async { site.request(Method::GET, "/health/ready").send().await.unwrap().status() == StatusCode::OK };
    while !well().await {
        assert!(back.elapsed() < SLACK, "not well again");
    }
    author.creates(an_article().titled("Có người nghe")).await;
    assert_eq!(
        site.count("article_versions WHERE content->>'title' = 'Không ai nghe'"),
        0,
        "what was refused is not kept"
    );
    eprintln!("well again after {:?}", back.elapsed());
}

#[actix_web::test]
async fn a_silent_reading_side_holds_up_no_commit() {
    let server = Own::start();
    let site = Site::over(&server.url(), |_| ()).await;
    let author = site.person([Author]).await;
    let _silence = server.silent("usename LIKE 'tintuc_delivery%'");
    let begun = Instant::now();

    let writes = (0..4).map(|_| author.creates(an_article().titled("Vẫn viết")));
    futures_util::future::join_all(writes).await;

    assert!(begun.elapsed() < Duration::from_secs(1) + SLACK, "four commits took {:?}", begun.elapsed());
}
