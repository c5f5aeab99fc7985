//! The embedded PostgreSQL: what it survives.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tintuc::db::embedded::{self, Embedded, EmbeddedError, Options};
use tintuc::privileges;

use crate::support::postgres::{account, admin_url, create, fresh_database, watch};

/// Tells a run of this test binary that it is a helper, and what to do in which directory.
const HELPER: &str = "TINTUC_TEST_HELPER";

/// A directory for a server; both are gone after the test.
struct Place {
    dir: PathBuf,
    _watchdog: Child,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("tintuc-test-")
            .tempdir()
            .unwrap()
            .keep();
        let watchdog = watch(&dir);
        if let Some((uid, gid)) = account() {
            chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        Self {
            dir,
            _watchdog: watchdog,
        }
    }

    fn start(&self) -> Embedded {
        self.try_start().unwrap()
    }

    fn try_start(&self) -> Result<Embedded, EmbeddedError> {
        Embedded::start(&options(&self.dir))
    }

    fn postmaster_pid(&self) -> PathBuf {
        self.dir.join("cluster/postmaster.pid")
    }

    /// A server whose service was killed: a helper process starts it, holds it, and gets a kill -9.
    fn leave_a_server_behind(&self) -> u32 {
        let mut helper = helper("hold", &self.dir).spawn().unwrap();
        within(30, "the helper's server runs", || {
            embedded::running(&self.dir).is_some()
        });
        helper.kill().unwrap();
        helper.wait().unwrap();
        let text = fs::read_to_string(self.postmaster_pid()).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }
}

fn options(dir: &Path) -> Options {
    Options {
        run_as: account(),
        ..Options::new(dir)
    }
}

fn helper(task: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "embedded::helper_process",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(HELPER, format!("{task} {}", dir.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Not a test: what a helper process does.
#[test]
fn helper_process() {
    let Ok(order) = std::env::var(HELPER) else {
        return;
    };
    match order.split_once(' ').unwrap() {
        ("hold", dir) => {
            let _server = Embedded::start(&options(Path::new(dir))).unwrap();
            sleep(Duration::from_secs(60));
        }
        ("serve-as-root-does", dir) => {
            let dropped = privileges::drop_root(Path::new(dir))
                .unwrap_or_else(|error| panic!("{error}"))
                .unwrap();
            assert!(!geteuid().is_root());
            let server = Embedded::start(&Options::new(dropped.data_dir.join("postgres"))).unwrap();
            server.create_database("news").unwrap();
            server.stop().unwrap();
        }
        other => panic!("{other:?}"),
    }
}

fn within(seconds: u64, what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !condition() {
        assert!(Instant::now() < deadline, "not within {seconds} s: {what}");
        sleep(Duration::from_millis(10));
    }
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

fn run(connection: &mut PgConnection, statement: &str) {
    diesel::sql_query(statement).execute(connection).unwrap();
}

fn ask(connection: &mut PgConnection, expression: &str) -> String {
    diesel::select(sql::<Text>(&format!("({expression})::text")))
        .get_result(connection)
        .unwrap()
}

#[test]
fn data_outlive_a_restart_and_are_kept_durably() {
    let place = Place::new();
    let begun = Instant::now();
    let server = place.start();
    eprintln!("first start: {:?}", begun.elapsed());
    server.create_database("tin tức \"mới\"").unwrap();
    server.create_database("tin tức \"mới\"").unwrap();
    let mut connection = connect(&server.url("tin tức \"mới\""));
    run(
        &mut connection,
        "CREATE TABLE note AS SELECT lower('ĐƯỜNG') AS text",
    );
    drop(connection);
    let begun = Instant::now();
    server.stop().unwrap();
    eprintln!("stop: {:?}", begun.elapsed());
    assert!(!place.postmaster_pid().exists());

    let begun = Instant::now();
    let server = place.start();
    eprintln!("second start: {:?}", begun.elapsed());

    let mut connection = connect(&server.url("tin tức \"mới\""));
    assert_eq!(ask(&mut connection, "SELECT text FROM note"), "đường");
    for setting in [
        "fsync",
        "full_page_writes",
        "synchronous_commit",
        "data_checksums",
    ] {
        assert_eq!(
            ask(&mut connection, &format!("current_setting('{setting}')")),
            "on",
            "{setting}"
        );
    }
    assert_eq!(
        ask(&mut connection, "current_setting('listen_addresses')"),
        "127.0.0.1"
    );
    let mut over_tcp = connect(&server.tcp_url("postgres"));
    assert_eq!(ask(&mut over_tcp, "host(inet_client_addr())"), "127.0.0.1");
    drop((connection, over_tcp));
    server.stop().unwrap();
}

#[test]
fn settings_are_passed_on_but_cannot_weaken_durability() {
    let place = Place::new();
    let settings = [
        ("fsync", "off"),
        ("work_mem", "5MB"),
        ("listen_addresses", "*"),
    ];
    let settings = settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();

    let server = Embedded::start(&Options {
        settings,
        ..options(&place.dir)
    })
    .unwrap();

    let mut connection = connect(&server.url("postgres"));
    assert_eq!(ask(&mut connection, "current_setting('work_mem')"), "5MB");
    assert_eq!(ask(&mut connection, "current_setting('fsync')"), "on");
    assert_eq!(
        ask(&mut connection, "current_setting('listen_addresses')"),
        "127.0.0.1"
    );
}

#[test]
fn a_second_service_is_told_who_holds_the_directory() {
    let place = Place::new();
    let mut holder = helper("hold", &place.dir).spawn().unwrap();
    within(30, "the helper's server runs", || {
        embedded::running(&place.dir).is_some()
    });

    let refused = place.try_start().unwrap_err();

    assert!(matches!(refused, EmbeddedError::Locked { .. }), "{refused}");
    assert!(
        refused
            .to_string()
            .contains(&format!("process {}", holder.id())),
        "{refused}"
    );
    let other_command = connect(&embedded::running(&place.dir).unwrap().url("postgres"));
    drop(other_command);
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_server_left_behind_is_adopted_and_can_be_stopped() {
    let place = Place::new();
    let pid = place.leave_a_server_behind();

    // That this succeeds also shows that PostgreSQL has not inherited the lock.
    let server = place.start();

    assert_eq!(server.pid(), pid);
    connect(&server.url("postgres"));
    server.stop().unwrap();
    assert!(embedded::running(&place.dir).is_none());
    assert!(!place.postmaster_pid().exists());
}

#[test]
fn a_server_on_its_way_down_is_waited_for() {
    let place = Place::new();
    let pid = place.leave_a_server_behind();
    let busy = connect(&embedded::running(&place.dir).unwrap().url("postgres"));
    // A smart shutdown waits for that connection.
    signal(pid, Signal::SIGTERM);
    let ends_later = std::thread::spawn(move || {
        sleep(Duration::from_millis(500));
        drop(busy);
    });

    let server = place.start();

    assert_ne!(server.pid(), pid);
    ends_later.join().unwrap();
    server.stop().unwrap();
}

#[test]
fn a_killed_server_recovers_though_its_processes_linger() {
    let place = Place::new();
    let server = place.start();
    let pid = server.pid();
    let mut connection = connect(&server.url("postgres"));
    run(&mut connection, "CREATE TABLE kept AS SELECT 1 AS number");
    let url = server.url("postgres");
    // Busy with a statement, a backend does not notice that its server is gone.
    let lingering = std::thread::spawn(move || {
        let mut connection = connect(&url);
        diesel::sql_query("DO $$ BEGIN WHILE true LOOP END LOOP; END $$").execute(&mut connection)
    });
    within(10, "the statement runs", || {
        ask(
            &mut connection,
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'",
        ) == "1"
    });
    signal(pid, Signal::SIGKILL);
    drop(server);

    let server = place.start();

    assert_ne!(server.pid(), pid);
    assert_eq!(
        ask(
            &mut connect(&server.url("postgres")),
            "SELECT number FROM kept"
        ),
        "1"
    );
    assert!(lingering.join().unwrap().is_err());
    server.stop().unwrap();
}

#[test]
fn a_pid_that_belongs_to_somebody_else_now_is_not_signalled() {
    let place = Place::new();
    place.start().stop().unwrap();
    let mut bystander = Command::new("sleep").arg("60").spawn().unwrap();
    let cluster = place.dir.join("cluster");
    let stale = format!(
        "{}\n{}\n1700000000\n5432\n\n127.0.0.1\n  1234567   8\nready   \n",
        bystander.id(),
        cluster.display()
    );
    fs::write(place.postmaster_pid(), stale).unwrap();

    assert!(embedded::running(&place.dir).is_none());
    let server = place.start();

    assert_ne!(server.pid(), bystander.id());
    server.stop().unwrap();
    assert!(
        bystander.try_wait().unwrap().is_none(),
        "the bystander lives"
    );
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_kill_while_the_cluster_is_made_leaves_nothing_in_the_way() {
    let place = Place::new();
    let half_made = || {
        fs::read_dir(&place.dir).unwrap().flatten().any(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("cluster.new")
        })
    };
    let mut helper = helper("hold", &place.dir).spawn().unwrap();
    within(30, "initdb is at work", half_made);
    helper.kill().unwrap();
    helper.wait().unwrap();

    let server = place.start();

    connect(&server.url("postgres"));
    server.stop().unwrap();
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let place = Place::new();
    let settings = vec![(
        "shared_preload_libraries".to_owned(),
        "no_such_library".to_owned(),
    )];

    let refused = Embedded::start(&Options {
        settings,
        ..options(&place.dir)
    })
    .unwrap_err()
    .to_string();

    assert!(
        refused.contains("could not access file \"no_such_library\""),
        "{refused}"
    );
    place.start().stop().unwrap();
}

#[test]
fn a_cluster_of_a_version_that_is_not_here_is_named() {
    let place = Place::new();
    fs::create_dir(place.dir.join("cluster")).unwrap();
    fs::write(place.dir.join("cluster/PG_VERSION"), "9\n").unwrap();

    let refused = place.try_start().unwrap_err();

    assert!(
        matches!(refused, EmbeddedError::VersionMissing { major: 9, .. }),
        "{refused}"
    );
}

#[test]
fn root_becomes_the_account_of_the_data_directory() {
    if !geteuid().is_root() {
        return;
    }
    let parent = tempfile::Builder::new()
        .permissions(PermissionsExt::from_mode(0o755))
        .tempdir()
        .unwrap();
    let data_dir = parent.path().join("new/data");

    for _first_and_second_time in 0..2 {
        let output = helper("serve-as-root-does", &data_dir).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_data_directory_out_of_reach_is_refused_with_advice() {
    if !geteuid().is_root() {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), PermissionsExt::from_mode(0o700)).unwrap();

    let output = helper("serve-as-root-does", &closed.path().join("data"))
        .output()
        .unwrap();

    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(
        refused.contains(&format!("may not enter {}", closed.path().display())),
        "{refused}"
    );
}

#[test]
fn a_directory_of_root_with_other_files_is_left_alone() {
    if !geteuid().is_root() {
        return;
    }
    let etc = tempfile::tempdir().unwrap();
    fs::write(etc.path().join("passwd"), "").unwrap();

    let output = helper("serve-as-root-does", etc.path()).output().unwrap();

    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(
        refused.contains("files that Tintuc did not make"),
        "{refused}"
    );
}

#[test]
fn tests_share_a_server_and_have_databases_of_their_own() {
    create("a_template", None);
    run(
        &mut connect(&admin_url().replace("/postgres?", "/a_template?")),
        "CREATE TABLE inherited AS SELECT 1 AS number",
    );

    let makers: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| fresh_database(Some("a_template"))))
        .collect();
    let mut urls: Vec<String> = makers
        .into_iter()
        .map(|maker| maker.join().unwrap())
        .collect();

    for url in &urls {
        assert_eq!(ask(&mut connect(url), "SELECT number FROM inherited"), "1");
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 4);
}
