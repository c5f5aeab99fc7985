//! Public answers are made once, kept, and never outlive what they show.

use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tintuc::newsroom::Transition::{Submit, Unpublish};

use crate::support::{Answer, Approver, Editor, Site, an_article, person::Handle, postgres};

const ARTICLES: &str = "/api/v1/articles";

/// Statements of the public side.
fn statements(site: &Site) -> u64 {
    site.app.delivery.statements()
}

/// The moment so many milliseconds from now, as JSON has it.
fn in_milliseconds(milliseconds: i64) -> chrono::DateTime<Utc> {
    Utc::now() + chrono::Duration::milliseconds(milliseconds)
}

/// Asks again and again until the answer is as wanted, and says how long that took.
pub async fn until(wanted: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !wanted().await {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not happen");
        actix_web::rt::time::sleep(Duration::from_millis(2)).await;
    }
    began.elapsed()
}

#[actix_web::test]
async fn what_was_answered_once_is_answered_from_memory() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    for path in [ARTICLES, &format!("{ARTICLES}/{}", live.id), "/api/v1/categories", "/api/v1/tags"] {
        let first = site.get(path).await;
        let before = statements(&site);

        let second = site.get(path).await;

        assert_eq!(statements(&site), before, "{path}");
        assert_eq!((second.is(200).bytes.clone(), names(&second)), (first.is(200).bytes.clone(), names(&first)));
        assert!(!second.header("x-request-id").is_empty());
        assert_ne!(second.header("x-request-id"), first.header("x-request-id"));
    }
}

/// The names of an answer's headers.
fn names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[actix_web::test]
async fn what_is_kept_answers_conditions_codings_and_heads_too() {
    let site = Site::start().await;
    let full = site.get(ARTICLES).await;
    for coding in ["br", "gzip"] {
        site.send(site.request(Method::GET, ARTICLES).header("accept-encoding", coding)).await.is(200);
    }
    let before = statements(&site);

    let known = site.request(Method::GET, ARTICLES).header("if-none-match", full.header("etag"));
    site.send(known).await.is(304);
    for coding in ["br", "gzip"] {
        let coded = site.send(site.request(Method::GET, ARTICLES).header("accept-encoding", coding)).await;
        assert_eq!(coded.is(200).header("content-encoding"), coding);
    }
    let head = site.send(site.request(Method::HEAD, ARTICLES)).await;
    assert_eq!(head.is(200).header("content-length"), full.bytes.len().to_string());
    let refused = site.request(Method::GET, ARTICLES).header("accept", "text/html");
    site.send(refused).await.is_problem(406, "not_acceptable");

    assert_eq!(statements(&site), before);
}

#[actix_web::test]
async fn however_many_ask_at_once_one_reads() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    // What things are called is known from then on.
    site.get(ARTICLES).await.is(200);
    let before = statements(&site);
    site.get(&format!("{ARTICLES}?limit=99")).await.is(200);
    let alone = statements(&site) - before;

    let path = format!("{ARTICLES}?limit=98");
    let answers = join_all((0..64).map(|_| site.get(&path))).await;

    assert!(answers.iter().all(|answer| answer.is(200).bytes == answers[0].bytes));
    assert_eq!(statements(&site) - before, 2 * alone);
}

#[actix_web::test]
async fn who_publishes_sees_it_published_at_once() {
    let site = Site::start().await;
    let article = site.article().await;
    let live = site.live(article.clone().titled("Một")).await;
    assert_eq!(site.public_titles("").await, ["Một"]);
    let approver = site.person([Approver]).await;

    for _ in 0..5 {
        let withdrawn = approver.does(Unpublish, &approver.sees(&live).await).await;
        site.public(&live).await.is_problem(404, "not_found");
        assert_eq!(site.public_titles("").await, [""; 0]);
        approver.publishes(&withdrawn).await;
        assert_eq!(site.public(&live).await.is(200).data()["title"], "Một");
        assert_eq!(site.public_titles("").await, ["Một"]);
    }
}

#[actix_web::test]
async fn another_replica_follows_within_a_second_even_if_its_watch_is_cut() {
    let site = Site::start().await;
    let (other, article) = (site.replica().await, site.article().await);
    assert_eq!(other.public_titles("").await, [""; 0]);

    site.live(article.clone().titled("Một")).await;
    let announced = until(async || other.public_titles("").await == ["Một"]).await;
    let watch = "application_name = 'tintuc-watch'";
    assert_eq!(postgres::processes(site.database(), watch), 2);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()";
    postgres::as_superuser(site.database(), &format!("{cut} AND {watch}"));
    site.live(article.titled("Hai")).await;
    let unannounced = until(async || other.public_titles("").await == ["Hai", "Một"]).await;

    assert!(announced < Duration::from_secs(1), "{announced:?}");
    assert!(unannounced < Duration::from_secs(1), "{unannounced:?}");
}

#[actix_web::test]
async fn no_reader_of_two_replicas_sees_old_bytes_for_long_nor_ever_a_mix() {
    let site = Site::start().await;
    let other = site.replica().await;
    let article = site.article().await.titled("Bản 0").tagged(["Bản 0"]).with("summary", "Bản 0");
    let live = site.live(article).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let revise = async || {
        let mut times = Vec::new();
        for number in 1..=5 {
            let text = format!("Bản {number}");
            let patch = json!({ "title": text, "summary": text, "tags": [text] });
            let edited = editor.edits(&approver.sees(&live).await, patch).await;
            let approved = approver.approves(&editor.does(Submit, &edited).await).await;
            approver.publishes(&approved).await;
            times.push(Instant::now());
        }
        times
    };
    let read = async |number: usize| {
        let site = if number.is_multiple_of(2) { &site } else { &other };
        let path = if number.is_multiple_of(3) { ARTICLES.to_owned() } else { format!("{ARTICLES}/{}", live.id) };
        let (began, mut seen) = (Instant::now(), Vec::new());
        while began.elapsed() < Duration::from_secs(3) {
            let asked = Instant::now();
            let answer = site.get(&path).await;
            let card = if answer.body["data"].is_array() { &answer.body["data"][0] } else { &answer.body["data"] };
            let title = card["title"].as_str().unwrap().to_owned();
            assert_eq!((&card["summary"], &card["tags"]), (&json!(title), &json!([title])), "a mix");
            seen.push((asked, title));
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        seen
    };

    let (times, seen) = futures_util::join!(revise(), join_all((0..64).map(read)));

    for (asked, title) in seen.concat() {
        // The revision that replaced it, if one did.
        let replaced = title.trim_start_matches("Bản ").parse::<usize>().unwrap();
        let late = times.get(replaced).and_then(|replaced| asked.checked_duration_since(*replaced));
        assert!(
            late.is_none_or(|late| late < Duration::from_secs(1)),
            "{title} was read {late:?} after it was replaced"
        );
    }
}

#[actix_web::test]
async fn what_is_scheduled_appears_and_disappears_at_its_instant_for_those_who_ask_all_the_time() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    let (from, to) = (in_milliseconds(1500), in_milliseconds(3000));
    let live = approver.publishes_with(&approved, json!({ "publish_at": from, "expires_at": to })).await;
    let listed = async || !site.public_titles("").await.is_empty();
    let found = async || site.public(&live).await.status == 200;
    let late = |since: chrono::DateTime<Utc>| Utc::now() - since;

    let appears = async |there: &dyn AsyncThere| {
        until(async || there.is().await).await;
        let appeared = late(from);
        until(async || !there.is().await).await;
        (appeared, late(to))
    };
    let (in_list, by_id) = futures_util::join!(appears(&listed), appears(&found));

    for late in [in_list.0, in_list.1, by_id.0, by_id.1] {
        assert!(late >= chrono::Duration::zero(), "{late} early");
        assert!(late < chrono::Duration::milliseconds(500), "{late} late");
    }
}

/// Whether something is there, asked over HTTP.
trait AsyncThere {
    fn is(&self) -> std::pin::Pin<Box<dyn Future<Output = bool> + '_>>;
}

impl<F: AsyncFn() -> bool> AsyncThere for F {
    fn is(&self) -> std::pin::Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(self())
    }
}

#[actix_web::test]
async fn without_a_database_what_is_kept_is_sent_on_unless_it_has_expired() {
    let site = Site::start().await;
    let (article, approver) = (site.article().await, site.person([Approver]).await);
    let lasting = site.live(article.clone().titled("Một")).await;
    let approved = site.approved(article.titled("Hai")).await;
    let passing = approver.publishes_with(&approved, json!({ "expires_at": in_milliseconds(2500) })).await;
    for article in [&lasting, &passing] {
        site.public(article).await.is(200);
    }

    postgres::reachable(site.database(), false);

    let unseen = format!("{ARTICLES}?limit=7");
    let refused = site.get(&unseen).await;
    assert!(!refused.is_problem(503, "unavailable").header("retry-after").is_empty());
    for article in [&lasting, &passing] {
        site.public(article).await.is(200);
    }
    until(async || site.public(&passing).await.status == 503).await;
    site.public(&lasting).await.is(200);

    postgres::reachable(site.database(), true);
    let recovery = until(async || site.get(&unseen).await.status == 200).await;
    assert!(recovery < Duration::from_secs(5), "{recovery:?}");
    assert_eq!(site.public_titles("").await, ["Một"]);
    site.public(&passing).await.is_problem(404, "not_found");
}

#[actix_web::test]
async fn with_every_connection_held_kept_answers_go_on_and_others_are_refused_in_time() {
    let site = Site::start().await;
    site.get(ARTICLES).await.is(200);
    let (holding, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Arc::new(std::sync::Mutex::new(held));
    for _ in 0..4 {
        let (delivery, held) = (site.app.delivery.clone(), std::sync::Arc::clone(&held));
        let hold = move |_: &mut diesel::PgConnection| Ok(held.lock().is_ok_and(|held| held.recv().is_ok()));
        actix_web::rt::spawn(async move { delivery.read(hold).await });
    }
    actix_web::rt::time::sleep(Duration::from_millis(100)).await;

    let began = Instant::now();
    let (kept, other) = (site.get(ARTICLES).await, site.get(&format!("{ARTICLES}?limit=7")).await);

    kept.is(200);
    assert!(!other.is_problem(503, "unavailable").header("retry-after").is_empty());
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    drop(holding);
    let recovery = until(async || site.get(&format!("{ARTICLES}?limit=7")).await.status == 200).await;
    assert!(recovery < Duration::from_secs(5), "{recovery:?}");
}

#[actix_web::test]
async fn a_view_changes_nothing_that_is_kept() {
    let site = Site::start().await;
    let live = site.live(site.article().await).await;
    let first = site.public(&live).await;
    site.post(&format!("{ARTICLES}/{}/views", live.id), &json!({})).await.is(200);
    let before = statements(&site);

    let second = site.public(&live).await;

    assert_eq!((second.header("etag"), statements(&site)), (first.header("etag"), before));
}

#[actix_web::test]
async fn what_changes_beside_the_articles_is_seen_too() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Thi đua"]).with("author", json!({ "name": "Sở Y tế" }));
    let live = site.live(article).await;
    let shown = async || {
        let answer = site.public(&live).await;
        let card = answer.data();
        [&card["category"]["name"], &card["author"]["name"], &card["tags"][0], &card["article_type"]["name"]]
            .map(|name| name.as_str().unwrap().to_owned())
    };
    assert_eq!(shown().await, ["Thông báo", "Sở Y tế", "Thi đua", "Thông báo"]);

    for change in [
        "UPDATE categories SET name = 'Thông cáo'",
        "UPDATE authors SET name = 'Sở Giáo dục'",
        "UPDATE tags SET name = 'Thi Đua'",
        "UPDATE article_types SET name = 'Tin' WHERE code = 'announcement'",
    ] {
        site.sql(change).unwrap();
    }

    assert_eq!(shown().await, ["Thông cáo", "Sở Giáo dục", "Thi Đua", "Tin"]);
}

#[actix_web::test]
async fn a_cache_in_front_is_told_what_an_answer_shows() {
    let site = Site::start().await;
    let article = site.article().await;
    let other = site.live(article.clone()).await;
    let live = site.live(article.with("related", json!([other.id]))).await;
    let keys = async |path: &str| site.get(path).await.is(200).header("surrogate-key");
    let mut both = [&live, &other].map(|article| format!("article/{}", article.id));
    both.sort();

    let of_article = keys(&format!("{ARTICLES}/{}", live.id)).await;
    let of_list = keys(&format!("{ARTICLES}?category=thong-bao")).await;

    assert_eq!(of_article, format!("{} category/thong-bao", both.join(" ")));
    assert_eq!(of_list, format!("{} articles category/thong-bao", both.join(" ")));
}

#[actix_web::test]
async fn an_answer_that_expires_is_not_to_be_kept_by_others_in_case_of_failure() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await).await;
    let live: Handle = approver.publishes_with(&approved, json!({ "expires_at": in_milliseconds(60_000) })).await;

    let caching = site.public(&live).await.header("cache-control");

    assert_eq!(caching, "max-age=1, stale-while-revalidate=1");
}

#[actix_web::test]
async fn memory_is_bounded_whatever_is_asked() {
    let site = Site::with(|settings| settings.cache_size = bytesize::ByteSize::kb(50)).await;
    let article = an_article().filed_under(&site.category("Thông báo").await);
    for _ in 0..3 {
        site.live(article.clone()).await;
    }

    for limit in 1..=100 {
        site.get(&format!("{ARTICLES}?limit={limit}")).await.is(200);
    }

    let kept = site.app.answers.size();
    assert!(kept.as_u64() > 0 && kept <= bytesize::ByteSize::kb(50), "{kept}");
}
