//! Views counted by several services, through crashes and stalls: what was acknowledged is counted, once.

use std::{
    net::{IpAddr, Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, dsl::sql, sql_types::Integer};
use futures_util::future::join_all;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tintuc::{
    db::embedded::{Embedded, Options},
    http::Code,
};

use crate::support::{Site, person::Handle, postgres, site::client};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Clients that post views until they are told to stop, and what they were told.
struct Crowd {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    /// Posts that were sent and never answered 200: they may be counted.
    unanswered: Arc<AtomicU64>,
    clients: Vec<actix_web::rt::task::JoinHandle<()>>,
}

impl Crowd {
    /// Thirty-two clients, over these addresses in turn; each post is a new visitor.
    fn of_32(urls: &[String]) -> Self {
        let mut crowd = Self {
            stop: Arc::default(),
            acknowledged: Arc::default(),
            unanswered: Arc::default(),
            clients: Vec::new(),
        };
        for number in 0..32 {
            let (urls, stop) = (urls.to_vec(), Arc::clone(&crowd.stop));
            let (acknowledged, unanswered) = (Arc::clone(&crowd.acknowledged), Arc::clone(&crowd.unanswered));
            crowd.clients.push(actix_web::rt::spawn(async move {
                let client = client();
                let mut visit = 0;
                while !stop.load(Ordering::Relaxed) {
                    visit += 1;
                    let url = &urls[(number + visit) % urls.len()];
                    match view(&client, url, &format!("{number}-{visit}")).await {
                        Some(answer) => {
                            assert_eq!(answer["data"]["counted"], true, "{answer}");
                            acknowledged.fetch_add(1, Ordering::Relaxed);
                        }
                        None => {
                            unanswered.fetch_add(1, Ordering::Relaxed);
                            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
                        }
                    }
                }
            }));
        }
        crowd
    }

    /// Waits until so many more views were acknowledged.
    async fn until(&self, more: u64) {
        let wanted = self.acknowledged.load(Ordering::Relaxed) + more;
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.acknowledged.load(Ordering::Relaxed) < wanted {
            assert!(Instant::now() < deadline, "views are acknowledged again");
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends everybody home, and says between which numbers the count must be.
    async fn ends(self) -> std::ops::RangeInclusive<u64> {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        let acknowledged = self.acknowledged.load(Ordering::Relaxed);
        acknowledged..=acknowledged + self.unanswered.load(Ordering::Relaxed)
    }
}

/// Posts a view; nothing where it is not acknowledged, be it refused or cut off.
async fn view(client: &Client, url: &str, visitor: &str) -> Option<Value> {
    let answer = client.post(url).json(&json!({ "visitor": visitor })).send().await.ok()?;
    let status = answer.status().as_u16();
    assert!([200, 503].contains(&status), "{status}");
    assert!(status == 200 || answer.headers().contains_key("retry-after"));
    if status == 200 { answer.json().await.ok() } else { None }
}

fn views_url(base: &str, article: &str) -> String {
    format!("{base}/api/v1/articles/{article}/views")
}

/// What totals and days hold in the end.
async fn totals(site: &Site) -> u64 {
    site.views_are_written().await;
    let sum = |table: &str| site.count(&format!("generate_series(1, (SELECT sum(views) FROM {table})::bigint)"));
    assert_eq!(sum("view_totals"), sum("view_days"));
    sum("view_totals").try_into().unwrap()
}

#[actix_web::test]
async fn two_replicas_count_each_visitor_once_and_agree() {
    let site = Site::start().await;
    let other = site.replica().await;
    let articles = [site.live(site.article().await).await, site.live(site.article().await).await];
    // Every visitor comes to both replicas at once, 32 visitors at a time.
    let client = client();
    let mut counted = 0;
    for round in 0..20 {
        let visits = (0..32).flat_map(|visitor| {
            let article: &Handle = &articles[visitor % 2];
            let client = &client;
            [&site, &other].map(|replica| {
                let (url, visitor) = (views_url(&replica.base, &article.id), format!("{round}-{visitor}"));
                async move { view(client, &url, &visitor).await.expect("acknowledged") }
            })
        });
        let answers = join_all(visits).await;
        counted += answers.iter().filter(|answer| answer["data"]["counted"] == true).count();
    }

    assert_eq!(counted, 640);
    assert_eq!(totals(&site).await, 640);
    actix_web::rt::time::sleep(Duration::from_secs(1)).await;
    for article in &articles {
        for replica in [&site, &other] {
            assert_eq!(replica.get(&views_url("", &article.id)).await.data()["views"], 320);
        }
    }
}

#[actix_web::test]
async fn totals_that_a_service_of_the_version_before_adds_to_are_kept() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let url = views_url("", &article.id);
    site.post(&url, &json!({ "visitor": "một" })).await.is(200);
    site.views_are_written().await;

    site.sql("UPDATE view_totals SET views = views + 5").unwrap();
    site.post(&url, &json!({ "visitor": "hai" })).await.is(200);
    site.views_are_written().await;

    assert_eq!(site.count("view_totals WHERE views = 7"), 1);
    assert_eq!(site.get(&url).await.data()["views"], 7);
}

#[actix_web::test]
async fn a_replica_that_starts_knows_who_was_counted() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let url = views_url("", &article.id);
    for visitor in 0..50 {
        site.post(&url, &json!({ "visitor": format!("{visitor}") })).await.is(200);
    }

    let late = site.replica().await;

    for visitor in 0..50 {
        let again = late.post(&url, &json!({ "visitor": format!("{visitor}") })).await;
        assert_eq!(again.is(200).data(), &json!({ "article_id": article.id, "views": 50, "counted": false }));
    }
    assert_eq!(totals(&site).await, 50);
}

#[actix_web::test]
async fn a_stalled_log_refuses_and_forgets_nothing_that_was_acknowledged() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let crowd = Crowd::of_32(&[views_url(&site.base, &article.id)]);
    crowd.until(100).await;

    let mut holder = PgConnection::establish(site.database()).unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE view_batches IN EXCLUSIVE MODE").unwrap();
    let refused = Instant::now();
    let answer = site.post(&views_url("", &article.id), &json!({ "visitor": "đợi" })).await;
    answer.is_problem(503, "unavailable");
    assert!(refused.elapsed() < Duration::from_secs(6) && answer.header("retry-after") == "1");
    holder.batch_execute("COMMIT").unwrap();

    crowd.until(100).await;
    let counted = crowd.ends().await;
    let sum = totals(&site).await;
    // One more, whose refusal was seen above.
    assert!((*counted.start()..=counted.end() + 1).contains(&sum), "{sum} of {counted:?}");
}

#[actix_web::test]
async fn more_than_the_queue_holds_are_refused_at_once() {
    use tintuc::views::counter::QUEUE;
    let site = Site::start().await;
    let article = site.live(site.article().await).await.uuid();
    let mut holder = PgConnection::establish(site.database()).unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE view_batches IN EXCLUSIVE MODE").unwrap();

    let visitors: Vec<String> = (0..QUEUE + 1000).map(|visitor| visitor.to_string()).collect();
    let counter = &site.app.views.counter();
    let begun = Instant::now();
    let crowd = join_all(visitors.iter().map(|visitor| async move {
        let refusal = counter.count(article, LOCALHOST, &["visitor", visitor]).await.expect_err("refused");
        assert_eq!(refusal.code(), Code::Unavailable);
        begun.elapsed()
    }));
    let waits = crowd.await;

    let (quick, patient): (Vec<Duration>, Vec<Duration>) = waits.into_iter().partition(|wait| wait.as_millis() < 1000);
    assert!(quick.len() >= 700 && patient.len() <= QUEUE + 250, "{} were refused at once", quick.len());
    holder.batch_execute("COMMIT").unwrap();
    // Of those who were refused, the batch on its way when the lock went may be counted.
    let views = counter.count(article, LOCALHOST, &["visitor", "ai đó"]).await.unwrap().views;
    assert!((1..=251).contains(&views), "{views}");
}

#[actix_web::test]
async fn a_connection_that_breaks_under_load_loses_nothing() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let crowd = Crowd::of_32(&[views_url(&site.base, &article.id)]);
    for _ in 0..5 {
        crowd.until(100).await;
        site.sql(
            "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%append_views%'; END $$",
        )
        .unwrap();
    }
    crowd.until(100).await;

    let counted = crowd.ends().await;
    let sum = totals(&site).await;
    assert!(counted.contains(&sum), "{sum} of {counted:?}");
}

#[actix_web::test]
async fn a_database_that_crashes_keeps_what_was_acknowledged() {
    let server = Server::start();
    let site = Site::over(&postgres::make_news(&server.embedded), |_| ()).await;
    let article = site.live(site.article().await).await;
    let crowd = Crowd::of_32(&[views_url(&site.base, &article.id)]);
    for _ in 0..2 {
        crowd.until(300).await;
        server.crashes();
    }
    crowd.until(100).await;

    let counted = crowd.ends().await;
    let sum = totals(&site).await;
    assert!(counted.contains(&sum), "{sum} of {counted:?}");
}

/// A database server of one test's own.
struct Server {
    embedded: Embedded,
    _watchdog: Child,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("tintuc-views-").tempdir().unwrap().keep();
        let watchdog = postgres::watch(&dir);
        if let Some((uid, gid)) = postgres::account() {
            std::os::unix::fs::chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        let embedded = Embedded::start(&Options { run_as: postgres::account(), ..Options::new(&dir) }).unwrap();
        Self { embedded, _watchdog: watchdog }
    }

    /// One of its processes is killed, as the kernel does when memory is short. PostgreSQL gives up its memory and all
    /// its other processes then, and recovers from what is on the disk.
    fn crashes(&self) {
        let mut connection = PgConnection::establish(&self.embedded.admin_url("news")).unwrap();
        let pid: i32 = diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(&mut connection).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    }
}

#[actix_web::test]
async fn a_killed_service_counted_what_it_acknowledged() {
    let site = Site::start().await;
    let article = site.live(site.article().await).await;
    let data = tempfile::tempdir().unwrap();
    // On the same port each time, so that the clients find it again.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut service = serve(&data, port, site.database());
    let crowd = Crowd::of_32(&[views_url(&format!("http://127.0.0.1:{port}"), &article.id)]);
    for _ in 0..2 {
        crowd.until(300).await;
        service.kill().unwrap();
        service.wait().unwrap();
        service = serve(&data, port, site.database());
    }
    crowd.until(100).await;
    // The last one dies with totals unwritten; another replica writes what it left in the log.
    service.kill().unwrap();
    service.wait().unwrap();
    let counted = crowd.ends().await;

    let sum = totals(&site).await;

    assert!(counted.contains(&sum), "{sum} of {counted:?}");
}

/// The program as a process of its own, over a database that is there.
fn serve(data: &TempDir, port: u16, database: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
        .arg(data.path())
        .env("DATABASE_URL", database)
        .env("TINTUC_LOG", "error")
        .env("TINTUC_RATE_LIMIT", "off")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
