//! One PostgreSQL for the whole test binary, and as many databases on it as there are tests.
//!
//! It is the service's own embedded server over a directory of its own. A watchdog ends it when the test process is gone,
//! for whatever reason: libtest leaves by `exit`, which drops no statics, and Ctrl-C or a kill leave without a word.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use nix::sys::signal::{Signal, kill};
use nix::sys::statvfs::statvfs;
use nix::unistd::{Pid, User, geteuid};
use tintuc::db::embedded::{Embedded, Options};

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

struct Server {
    postgres: Embedded,
    /// All databases are made over this one connection, one after the other: copies of one template wait for each other
    /// anyway, and two cores gain nothing from more.
    maker: Mutex<PgConnection>,
    /// Holds the pipe whose end tells the watchdog that this process is gone.
    _watchdog: Child,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("tintuc-test-")
            .tempdir_in(quickest_place())
            .expect("a temporary directory")
            .keep();
        let watchdog = watch(&dir);
        let run_as = account();
        if let Some((uid, gid)) = run_as {
            chown(&dir, Some(uid), Some(gid)).expect("the directory is given to the account");
        }
        std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o700)).expect("the mode is set");
        let settings = [("max_connections", "400"), ("shared_buffers", "64MB"), ("max_wal_size", "256MB")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let postgres = Embedded::start(&Options { run_as, settings, ..Options::new(&dir) }).expect("PostgreSQL starts");
        let maker = make_owner(&postgres);
        Self { postgres, maker: Mutex::new(maker), _watchdog: watchdog }
    }
}

/// A server of one test's own, which it may do anything to.
pub struct Own {
    postgres: Embedded,
    dir: PathBuf,
    _watchdog: Child,
}

impl Own {
    pub fn start() -> Self {
        Self::with([])
    }

    /// With settings of its own.
    pub fn with<const N: usize>(settings: [(&str, &str); N]) -> Self {
        let dir = tempfile::Builder::new().prefix("tintuc-test-").tempdir_in(quickest_place()).unwrap().keep();
        let (watchdog, run_as) = (watch(&dir), account());
        if let Some((uid, gid)) = run_as {
            chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let postgres = Embedded::start(&Options { run_as, settings, ..Options::new(&dir) }).unwrap();
        make_news(&postgres);
        Self { postgres, dir, _watchdog: watchdog }
    }

    /// One that logs the plan of each statement, and which connection ran it.
    pub fn explaining() -> Self {
        Self::with([
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("log_line_prefix", "%a: "),
        ])
    }

    /// The plans of the statements of requests since the log was so long, each after its text. What reads at the same time
    /// by itself, such as what keeps the search index up, does so over connections that have a name, and is left out.
    pub fn plans_since(&self, length: usize) -> Vec<String> {
        const UNNAMED: &str = "[unknown]: LOG:";
        let log = self.log();
        let mut plans: Vec<String> = Vec::new();
        let mut is_one = false;
        for line in log[length..].lines() {
            // What continues an entry is set off by a tab.
            if !line.starts_with('\t') {
                is_one = line.starts_with(UNNAMED) && line.contains(" plan:");
                plans.extend(is_one.then(String::new));
            } else if is_one && let Some(plan) = plans.last_mut() {
                plan.push_str(line.trim_start_matches('\t').trim_start_matches("Query Text: "));
                plan.push('\n');
            }
        }
        plans
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("server.log")).unwrap()
    }

    pub fn url(&self) -> String {
        owned(&self.postgres, "news")
    }

    /// Makes the processes that serve connections `WHERE …` fall silent, and the server with them if it is all, until
    /// this is dropped. They do not end, and refuse nothing: they do not answer.
    pub fn silent(&self, which: &str) -> Silence {
        #[derive(QueryableByName)]
        struct Process {
            #[diesel(sql_type = diesel::sql_types::Integer)]
            pid: i32,
        }
        let mut connection = PgConnection::establish(&self.postgres.admin_url("postgres")).unwrap();
        let query = format!("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {which}");
        let mut processes: Vec<i32> =
            diesel::sql_query(query).load(&mut connection).unwrap().into_iter().map(|Process { pid }| pid).collect();
        if which == "true" {
            processes.insert(0, self.postgres.pid().try_into().unwrap());
        }
        assert!(!processes.is_empty(), "nobody to be silent");
        processes.iter().for_each(|pid| kill(Pid::from_raw(*pid), Signal::SIGSTOP).unwrap());
        Silence(processes)
    }
}

/// Processes that do not answer.
pub struct Silence(Vec<i32>);

impl Drop for Silence {
    fn drop(&mut self) {
        for pid in &self.0 {
            let _ = kill(Pid::from_raw(*pid), Signal::SIGCONT);
        }
    }
}

/// In memory where there is room, for `fsync` is on here too: a database is made in 20 ms there, in 200 on a disk. A
/// container's usual 64 MB are not room.
fn quickest_place() -> PathBuf {
    const ROOM: u64 = 4 << 30;
    // Narrower types on some systems.
    fn wide(number: impl Into<u64>) -> u64 {
        number.into()
    }
    let memory = Path::new("/dev/shm");
    let free = statvfs(memory).map_or(0, |fs| wide(fs.blocks_available()) * wide(fs.fragment_size()));
    if std::env::var_os("TMPDIR").is_none() && free > ROOM { memory.to_owned() } else { std::env::temp_dir() }
}

/// PostgreSQL refuses to run as root; tests in a container often do.
pub fn account() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let nobody = User::from_name("nobody").expect("accounts can be read").expect("there is a nobody");
    Some((nobody.uid.as_raw(), nobody.gid.as_raw()))
}

/// Starts a process that waits for this one to end, then ends the server over `dir` and removes `dir`. It is in a group of
/// its own, so that Ctrl-C does not end it before its work is done, and holds none of our outputs, for which others wait.
pub fn watch(dir: &Path) -> Child {
    const SCRIPT: &str = r#"
        trap '' HUP INT TERM
        cat > /dev/null
        end() {
            for pid in $(head -n 1 "$1"/cluster/postmaster.pid 2>/dev/null); do
                kill -QUIT "$pid" 2>/dev/null
                for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
            done
            rm -rf "$1"
        }
        end "$1"
        # An initdb or a server that was just being started may have written on.
        sleep 2
        end "$1"
    "#;
    Command::new("sh")
        .args(["-c", SCRIPT, "watchdog"])
        .arg(dir)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs")
}

/// Who owns the databases of tests, and whom services sign in as: no superuser, with the rights that `docker/initdb` gives.
const OWNER: &str = "news_owner";

/// Makes the owner. Answers the superuser's connection.
fn make_owner(postgres: &Embedded) -> PgConnection {
    let mut superuser =
        PgConnection::establish(&postgres.admin_url("postgres")).expect("PostgreSQL accepts connections");
    // Whatever the settings of the server say.
    let make = format!(
        "SET password_encryption = 'scram-sha-256'; \
         CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB CREATEROLE PASSWORD '{OWNER}'; \
         RESET password_encryption"
    );
    superuser.batch_execute(&make).expect("the owner is made");
    superuser
}

/// Makes a database `news` on a server, and answers its owner's URL.
pub fn make_news(postgres: &Embedded) -> String {
    let mut superuser = make_owner(postgres);
    let make = format!("CREATE DATABASE news OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'");
    diesel::sql_query(make).execute(&mut superuser).expect("the database is made");
    owned(postgres, "news")
}

fn owned(postgres: &Embedded, database: &str) -> String {
    under(&postgres.admin_url(database), OWNER, OWNER)
}

/// The URL of the same database under another user.
pub fn under(url: &str, user: &str, password: &str) -> String {
    let mut url = url::Url::parse(url).expect("a URL");
    url.set_username(user).and_then(|()| url.set_password(Some(password))).expect("a user");
    url.into()
}

/// The URL of a database of this server, as the superuser.
fn admin_url(database: &str) -> String {
    SERVER.postgres.admin_url(database)
}

/// Runs statements in the database at this URL as the superuser: what is about the server and not about the service.
pub fn as_superuser(url: &str, statements: &str) {
    let mut connection = PgConnection::establish(&admin_url(name(url))).expect("PostgreSQL accepts connections");
    connection.batch_execute(statements).expect(statements);
}

/// How many processes serve the database at this URL `WHERE …`. What others wait for, the superuser alone sees.
pub fn processes(url: &str, which: &str) -> i64 {
    let mut connection = PgConnection::establish(&admin_url(name(url))).expect("PostgreSQL accepts connections");
    let of_this = format!("(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {which})");
    diesel::select(sql::<BigInt>(&of_this)).get_result(&mut connection).expect("a count")
}

/// Makes a database that nobody else uses and answers its owner's URL: a copy of the template (the name of a database that
/// nobody is connected to), or an empty one.
pub fn fresh_database(template: Option<&str>) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    create(&name, template)
}

/// Removes a database made by [`fresh_database`], whoever is still connected to it. Optional: all are gone at the end.
pub fn discard(url: &str) {
    let name = name(url);
    let statement = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    let mut maker = SERVER.maker.lock().unwrap_or_else(PoisonError::into_inner);
    diesel::sql_query(&statement).execute(&mut *maker).expect("the database is removed");
}

/// Makes the database at this URL unreachable, as if its server were gone, or reachable again.
pub fn reachable(url: &str, reachable: bool) {
    let name = name(url);
    let mut maker = SERVER.maker.lock().unwrap_or_else(PoisonError::into_inner);
    let mut run = |statement: String| diesel::sql_query(statement).execute(&mut *maker).expect("it is done");
    // Nobody connects, not even a superuser.
    run(format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS {reachable}"));
    if !reachable {
        run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    }
}

/// The name of the database in a URL.
fn name(url: &str) -> &str {
    url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a database in the URL")
}

/// Makes a database of a given name, such as one to be a template, and answers its owner's URL.
pub fn create(name: &str, template: Option<&str>) -> String {
    let template = template.unwrap_or("template0");
    let statement = format!("CREATE DATABASE \"{name}\" OWNER {OWNER} TEMPLATE \"{template}\" ENCODING 'UTF8'");
    // A test that failed while it made a database says nothing about the connection.
    let mut maker = SERVER.maker.lock().unwrap_or_else(PoisonError::into_inner);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match diesel::sql_query(&statement).execute(&mut *maker) {
            Ok(_) => return owned(&SERVER.postgres, name),
            // A session that was just closed lives on for a moment in the server.
            Err(error) if error.to_string().contains("being accessed by other users") && Instant::now() < deadline => {
                sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{statement}: {error}"),
        }
    }
}
