//! The embedded PostgreSQL: how it comes and goes, what it survives, and how root starts it.

mod lifecycle;
mod recovery;
mod rights;
mod root;

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
use secrecy::ExposeSecret;
use tintuc::db::embedded::{self, Embedded, EmbeddedError, Options};
use tintuc::privileges;

use crate::support::postgres::{account, create, discard, fresh_database, watch};

/// Tells a run of this test binary that it is a helper, and what to do in which directory.
const HELPER: &str = "TINTUC_TEST_HELPER";

/// A directory for a server; both are gone after the test.
struct Place {
    dir: PathBuf,
    _watchdog: Child,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("tintuc-test-").tempdir().unwrap().keep();
        let watchdog = watch(&dir);
        if let Some((uid, gid)) = account() {
            chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        Self { dir, _watchdog: watchdog }
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
        within(30, "the helper's server runs", || embedded::running(&self.dir).is_some());
        helper.kill().unwrap();
        helper.wait().unwrap();
        let text = fs::read_to_string(self.postmaster_pid()).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }
}

fn options(dir: &Path) -> Options {
    Options { run_as: account(), ..Options::new(dir) }
}

fn helper(task: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "embedded::helper_process", "--nocapture", "--test-threads=1"])
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
            let dropped = privileges::drop_root(Path::new(dir)).unwrap_or_else(|error| panic!("{error}")).unwrap();
            assert!(!geteuid().is_root());
            let server = Embedded::start(&Options::new(dropped.data_dir.join("postgres"))).unwrap();
            server.sides("news").unwrap();
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
    diesel::select(sql::<Text>(&format!("({expression})::text"))).get_result(connection).unwrap()
}
