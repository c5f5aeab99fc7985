//! Partners who follow while everything happens at once: each ends with what is public, byte for byte.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::Utc;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Approve, Publish, Submit, Unpublish, Unschedule};

use crate::support::{Admin, Approver, Editor, Site, an_article, mirror::Mirror, person::Handle};

/// For how long, in seconds; for minutes by hand.
const SECONDS: &str = "TINTUC_TEST_STORM_SECONDS";

fn seconds() -> u64 {
    std::env::var(SECONDS).map_or(4, |seconds| seconds.parse().unwrap())
}

/// More than so many publications are made, however long that takes.
const ENOUGH: u64 = 8;

/// What the four follow.
const PARTS: [&str; 4] = ["", "category=kinh-te", "article_type=announcement&locale=vi", "tag=lua,ngo"];

/// Someone who writes a few articles at one of the replicas, and does with them whatever may be done, until the time is over
/// and enough is published.
async fn write(sites: &[Site], number: usize, over: Instant, done: &AtomicU64) {
    let site = &sites[number % sites.len()];
    let editor = sites[0].person([Editor]).await;
    let others = [sites[0].person([Approver]).await, sites[0].person([Admin]).await];
    let (editor, [approver, admin]) = (editor.at(site), others.map(|person| person.at(site)));
    let mut dice = StdRng::seed_from_u64(number as u64);
    let mut articles: Vec<Handle> = Vec::new();
    // A machine with much else to do takes longer.
    while Instant::now() < over || done.load(Ordering::Relaxed) <= ENOUGH {
        if articles.len() < 4 {
            let article = an_article().filed_under("kinh-te").titled(&format!("Tin của {number}"));
            articles.push(editor.creates(article).await);
        }
        let chosen = dice.random_range(0..articles.len());
        let Handle { id, .. } = articles[chosen].clone();
        let seen = editor.sees(&articles[chosen]).await;
        let turn = dice.random_range(0..10);
        match turn {
            // What is refused, because the clock or another has been faster, is refused.
            0 => drop(approver.tries(Unpublish, &seen).await),
            1 => drop(approver.tries(Unschedule, &seen).await),
            2 if dice.random_range(0..3) == 0 => {
                let request = admin.request(reqwest::Method::DELETE, &format!("/articles/{id}?reason=thử"));
                if site.send(request.header("If-Match", seen.etag)).await.status == 204 {
                    articles.remove(chosen);
                }
            }
            _ => {
                let mut pick = |from: &[&str]| from[dice.random_range(0..from.len())].to_owned();
                let patch = json!({
                    "title": format!("Tin của {number} lúc {}", Utc::now().timestamp_millis()),
                    "category": pick(&["kinh-te", "nong-nghiep", "y-te"]),
                    "article_type": pick(&["news", "announcement"]),
                    "locale": pick(&["vi", "vi", "en"]),
                    "tags": [pick(&["Lúa", "Ngô", "Khoai"])],
                });
                let edited = editor.edits(&seen, patch).await;
                let submitted = editor.does(Submit, &edited).await;
                let approved = Handle::of(approver.tries(Approve, &submitted).await.is(200));
                let soon = |millis| Utc::now() + chrono::Duration::milliseconds(millis);
                let times = match turn {
                    3 => json!({ "publish_at": soon(700) }),
                    4 => json!({ "expires_at": soon(900) }),
                    5 => json!({ "publish_at": soon(500), "expires_at": soon(1200) }),
                    _ => json!({}),
                };
                if approver.tries_with(Publish, &approved, times).await.status == 200 {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

/// Someone who follows, at whichever replica, and is killed now and then: before a page is taken over, or before that is noted.
async fn follow(sites: &[Site], number: usize, over: &AtomicU64) -> Mirror {
    let mut mirror = Mirror::of(&format!("limit=7&{}", PARTS[number]));
    let mut dice = StdRng::seed_from_u64(100 + number as u64);
    while over.load(Ordering::Relaxed) == 0 {
        let token = mirror.token.clone();
        let (_, has_more) = mirror.page(&sites[dice.random_range(0..sites.len())]).await;
        if dice.random_range(0..4) == 0 {
            mirror.forgets(token);
        }
        if !has_more {
            actix_web::rt::time::sleep(Duration::from_millis(dice.random_range(0..60))).await;
        }
    }
    mirror
}

/// Holds all commits up for a while, now and then: what was begun before is committed late, and in another order.
fn hold_up(database: &str, over: &AtomicU64) {
    let mut connection = PgConnection::establish(database).unwrap();
    while over.load(Ordering::Relaxed) == 0 {
        connection.batch_execute("BEGIN; SELECT FROM publication_state FOR UPDATE").unwrap();
        std::thread::sleep(Duration::from_millis(700));
        connection.batch_execute("COMMIT").unwrap();
        std::thread::sleep(Duration::from_millis(900));
    }
}

/// Two replicas over one database, with three categories.
async fn replicas() -> [Site; 2] {
    let first = Site::start().await;
    let here = first.category("Kinh tế").await;
    first.category_below("Nông nghiệp", Some(&here)).await;
    first.category("Y tế").await;
    let other = first.replica().await;
    [first, other]
}

#[actix_web::test]
async fn whatever_is_written_and_held_up_each_mirror_ends_with_what_is_public() {
    let sites = replicas().await;
    let time = Duration::from_secs(seconds());
    let (over, done) = (Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    let (database, until_then) = (sites[0].database().to_owned(), Arc::clone(&over));
    let holding = std::thread::spawn(move || hold_up(&database, &until_then));
    let writing = async {
        let until = Instant::now() + time;
        let step = async {
            actix_web::rt::time::sleep(time / 2).await;
            sites[0].time_passes(chrono::Duration::seconds(-5));
        };
        futures_util::join!(join_all((0..8).map(|number| write(&sites, number, until, &done))), step);
        // Whatever was scheduled has come, by a clock that is late.
        actix_web::rt::time::sleep(Duration::from_millis(7000)).await;
        over.store(1, Ordering::Relaxed);
    };
    let following = join_all((0..PARTS.len()).map(|number| follow(&sites, number, &over)));

    let ((), mut mirrors) = futures_util::join!(writing, following);

    holding.join().unwrap();
    println!("{} publications", done.load(Ordering::Relaxed));
    for (mirror, part) in mirrors.iter_mut().zip(PARTS) {
        let public = ends_with_what_is_public(mirror, part, &sites).await;
        assert!(!part.is_empty() || !public.is_empty());
    }
}

/// Follows until a mirror holds what is public. Nobody writes any more, but where the machine has much else to do, what was
/// scheduled last may come while this looks.
async fn ends_with_what_is_public(mirror: &mut Mirror, part: &str, sites: &[Site; 2]) -> BTreeMap<String, Value> {
    let late = Instant::now() + Duration::from_secs(30);
    loop {
        mirror.follows(&sites[0]).await;
        let public = Mirror::public(&sites[1], part).await;
        let ids = mirror.articles.keys().chain(public.keys());
        let differs: Vec<_> = ids.filter(|id| bytes(mirror.articles.get(*id)) != bytes(public.get(*id))).collect();
        if differs.is_empty() {
            return public;
        }
        let both = differs.iter().map(|id| (mirror.articles.get(*id), public.get(*id)));
        assert!(Instant::now() < late, "{part}: {:#?}", both.collect::<Vec<_>>());
        actix_web::rt::time::sleep(Duration::from_millis(500)).await;
    }
}

fn bytes(article: Option<&Value>) -> Option<String> {
    article.map(Value::to_string)
}

/// The mirror that partners get as an example, which runs.
struct Example {
    process: Child,
}

impl Example {
    fn start(site: &Site, folder: &Path, more: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mirror/mirror.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(&site.base).arg(folder).args(more).stderr(Stdio::null());
        Self { process: command.spawn().expect("the tests of the mirror need Python 3") }
    }

    /// Ends it at once, wherever it is.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits until it has come to the end of what there is.
    fn ends(mut self) {
        assert!(self.process.wait().unwrap().success());
    }
}

/// What the folder of a mirror shows.
fn shown(folder: &Path) -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder.join("current")).map(|files| files.map(|file| file.unwrap().path()).collect());
    let files: Vec<_> = files.unwrap_or_default();
    let read = |path: &std::path::PathBuf| {
        let article: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        (article["id"].as_str().unwrap().to_owned(), article)
    };
    files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(read).collect()
}

#[actix_web::test]
async fn the_example_for_partners_is_killed_at_any_moment_and_ends_with_what_is_public() {
    let sites = replicas().await;
    let folder = tempfile::tempdir().unwrap();
    let (over, done) = (Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    let writing = async {
        let until = Instant::now() + Duration::from_secs(seconds());
        join_all((0..3).map(|number| write(&sites, number, until, &done))).await;
        over.store(1, Ordering::Relaxed);
    };
    let following = async {
        let mut dice = StdRng::seed_from_u64(7);
        let mut killed = 0;
        while over.load(Ordering::Relaxed) == 0 {
            let mirror = Example::start(&sites[killed % 2], folder.path(), &["--limit", "3", "--wait", "1"]);
            actix_web::rt::time::sleep(Duration::from_millis(dice.random_range(80..600))).await;
            mirror.kill();
            killed += 1;
        }
        killed
    };

    let ((), killed) = futures_util::join!(writing, following);

    assert!(killed > 2);
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    let last = Example::start(&sites[0], folder.path(), &["--limit", "3", "--once"]);
    actix_web::web::block(move || last.ends()).await.unwrap();
    assert_eq!(shown(folder.path()), Mirror::public(&sites[0], "").await);
}

#[actix_web::test]
async fn the_example_begins_anew_beside_what_it_shows_where_it_was_away_for_too_long() {
    let site = Site::with(|settings| settings.sync_retention = 1).await;
    let category = site.category("Thông báo").await;
    let article = |title: &str| an_article().filed_under(&category).titled(title);
    let gone = site.live(article("Một")).await;
    site.live(article("Hai")).await;
    let folder = tempfile::tempdir().unwrap();
    let run = async || {
        let mirror = Example::start(&site, folder.path(), &["--once"]);
        actix_web::web::block(move || mirror.ends()).await.unwrap();
    };
    run().await;
    assert_eq!(shown(folder.path()).len(), 2);
    let approver = site.person([Approver]).await;
    approver.does(Unpublish, &approver.sees(&gone).await).await;
    site.time_passes(chrono::Duration::days(2));

    run().await;

    assert_eq!(shown(folder.path()), Mirror::public(&site, "").await);
    let passes = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(passes.filter(|name| name.starts_with("pass-")).collect::<Vec<_>>(), ["pass-2"]);
}
