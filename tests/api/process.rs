//! The program as a whole: its first run, its second, its end, and what a kill leaves.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tintuc::media::storage::{Digest, Key};

use crate::support::{files::form, postgres, site::client};

/// The program, running over a data directory of its own.
pub struct Program {
    pub child: Child,
    pub base: String,
    said: Vec<String>,
    data: PathBuf,
}

/// A data directory that is removed afterwards, with whatever still runs over it.
pub struct Data {
    pub folder: PathBuf,
    _watchdog: Child,
}

impl Data {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("tintuc-run-").tempdir().unwrap().keep();
        // The watchdog looks for a cluster in the folder it is given, and removes that folder.
        let watchdog = postgres::watch(&folder.join("postgres"));
        Self { folder, _watchdog: watchdog }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Program {
    /// Starts the program and waits until it says that it answers.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, Stdio::inherit())
    }

    /// The same, with what it complains of going there.
    pub fn start_with(data: &Path, stderr: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tintuc"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .env_remove("DATABASE_URL")
            .env("TINTUC_LOG", "warn")
            .env("TINTUC_WEBHOOK_ALLOW_PRIVATE", "true")
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().expect("the program says where it answers");
        let base = first.rsplit(' ').next().unwrap().to_owned();
        let mut said = vec![first];
        // The last line of the announcement tells of sign-ins, one way or the other.
        for line in lines {
            said.push(line);
            if said.last().unwrap().contains("kept in") || said.last().unwrap().contains("create-user") {
                break;
            }
        }
        Self { child, base, said, data: data.to_owned() }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Tells the program to stop, and answers how it did.
    pub fn stop(mut self, signal: Signal) -> std::process::ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    pub fn postgres(&self) -> Option<Pid> {
        let file = std::fs::read_to_string(self.data.join("postgres/cluster/postmaster.pid")).ok()?;
        file.lines().next()?.parse().ok().map(Pid::from_raw)
    }

    /// An access token for one of the sample newsroom's people.
    pub async fn sign_in(&self, role: &str) -> String {
        let kept = std::fs::read_to_string(self.data.join("sample-sign-ins.env")).unwrap();
        let of = |name: &str| {
            let line = kept.lines().find_map(|line| line.strip_prefix(&format!("{role}_{name}=")));
            line.unwrap().to_owned()
        };
        let login = json!({ "email": of("EMAIL"), "password": of("PASSWORD") });
        let answer = client().post(format!("{}/api/v1/auth/login", self.base)).json(&login).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn titles(&self) -> Vec<String> {
        let list = client().get(format!("{}/api/v1/articles?limit=100", self.base)).send().await.unwrap();
        let list: Value = list.json().await.unwrap();
        list["data"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
    }
}

#[actix_web::test]
async fn a_first_run_shows_a_newsroom_and_a_second_run_keeps_it() {
    let data = Data::new();
    let first = Program::start(&data.folder);
    let titles = first.titles().await;
    assert_eq!(titles.len(), 10, "{titles:?}");
    assert!(first.said.iter().any(|line| line.contains("author@tintuc.example")), "{:?}", first.said);
    first.sign_in("AUTHOR").await;
    let postgres = first.postgres().expect("PostgreSQL runs");

    let status = first.stop(Signal::SIGTERM);

    assert!(status.success(), "{status}");
    assert!(kill(postgres, None).is_err(), "PostgreSQL is stopped too");
    let second = Program::start(&data.folder);
    assert_eq!(second.titles().await, titles);
    second.sign_in("AUTHOR").await;
    assert!(second.stop(Signal::SIGINT).success());
}

#[actix_web::test]
async fn a_second_service_over_the_same_directory_is_refused() {
    let data = Data::new();
    let first = Program::start(&data.folder);
    let second = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data.folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && complaint.contains(&first.child.id().to_string()), "{complaint}");
    assert!(first.stop(Signal::SIGTERM).success());
}

#[actix_web::test]
async fn users_are_made_beside_a_running_service() {
    let data = Data::new();
    let program = Program::start(&data.folder);
    let made = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["create-user", "--email", "To.Bien.Tap@tintuc.example", "--name", "Tổ Biên tập", "--role", "editor"])
        .args(["--role", "approver@kinh-te", "--data-dir"])
        .arg(&data.folder)
        .env_remove("DATABASE_URL")
        .env("TINTUC_PASSWORD", "một mật khẩu dài")
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let login = json!({ "email": "to.bien.tap@tintuc.example", "password": "một mật khẩu dài" });
    let answer = client().post(format!("{}/api/v1/auth/login", program.base)).json(&login).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(program.stop(Signal::SIGTERM).success());
}

/// Eight clients write until the service is killed; whatever they were told is written must be there.
#[actix_web::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let data = Data::new();
    let mut program = Program::start(&data.folder);
    let token = program.sign_in("AUTHOR").await;
    let written = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..8)
        .map(|writer| actix_web::rt::spawn(write(program.base.clone(), token.clone(), writer, Arc::clone(&written))))
        .collect();
    while written.load(Ordering::Relaxed) < 60 {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }

    program.signal(Signal::SIGKILL);
    program.child.wait().unwrap();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }

    assert!(acknowledged.len() >= 60);
    let started = Instant::now();
    let program = Program::start(&data.folder);
    assert!(started.elapsed() < Duration::from_secs(30));
    let token = program.sign_in("AUTHOR").await;
    for (id, title) in acknowledged {
        let url = format!("{}/api/v1/manage/articles/{id}", program.base);
        let article: Value = client().get(url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        // Whole: the article, its version, its slug and its tag came to be together or not at all.
        assert_eq!(article["data"]["title"], title, "{article:#}");
        assert_eq!(article["data"]["tags"], json!(["ghi liên tục"]));
        assert!(article["data"]["slug"].is_string());
    }
    assert!(program.stop(Signal::SIGTERM).success());
}

async fn write(base: String, token: String, writer: usize, written: Arc<AtomicUsize>) -> Vec<(String, String)> {
    let client = client();
    let mut acknowledged = Vec::new();
    for number in 0..10_000 {
        let title = format!("Tin số {number} của tổ {writer}");
        let article = json!({ "title": title, "body": "<p>Nội dung</p>", "tags": ["ghi liên tục"] });
        let request = client.post(format!("{base}/api/v1/manage/articles")).bearer_auth(&token).json(&article);
        let Ok(answer) = request.send().await else { break };
        assert_eq!(answer.status(), StatusCode::CREATED);
        let Ok(made) = answer.json::<Value>().await else { break };
        written.fetch_add(1, Ordering::Relaxed);
        acknowledged.push((made["data"]["id"].as_str().unwrap().to_owned(), title));
    }
    acknowledged
}

/// Fifty clients upload until the service is killed; whatever they were told is kept must be there and whole.
#[actix_web::test]
async fn a_kill_loses_no_file_that_was_acknowledged_and_leaves_no_part_of_others() {
    let data = Data::new();
    let mut program = Program::start(&data.folder);
    let token = program.sign_in("AUTHOR").await;
    let kept = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..50)
        .map(|client| actix_web::rt::spawn(upload(program.base.clone(), token.clone(), client, Arc::clone(&kept))))
        .collect();
    while kept.load(Ordering::Relaxed) < 60 {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }

    program.signal(Signal::SIGKILL);
    program.child.wait().unwrap();
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap());
    }

    let program = Program::start(&data.folder);
    let token = program.sign_in("AUTHOR").await;
    for (id, bytes) in acknowledged {
        let url = format!("{}/media/{id}/tep.pdf", program.base);
        let file = client().get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(file.bytes().await.unwrap(), bytes);
    }
    let spools = std::fs::read_dir(data.folder.join("media/spool")).unwrap().map(|entry| entry.unwrap().path());
    let left: Vec<_> = spools.filter(|path| path.is_dir()).flat_map(|path| std::fs::read_dir(path).unwrap()).collect();
    let left: Vec<_> =
        left.into_iter().map(|entry| entry.unwrap()).filter(|entry| entry.metadata().unwrap().len() > 0).collect();
    assert!(left.is_empty(), "{left:?}");
    let verified = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["media", "verify", "--data-dir"])
        .arg(&data.folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(program.stop(Signal::SIGTERM).success());
}

async fn upload(base: String, token: String, client_number: usize, kept: Arc<AtomicUsize>) -> Vec<(String, Vec<u8>)> {
    let client = client();
    let mut acknowledged = Vec::new();
    for number in 0..1000 {
        let mut bytes = format!("%PDF-1.4\n% {client_number} {number}\n").into_bytes();
        bytes.resize(200_000, b' ');
        bytes.extend(b"\n%%EOF\n");
        let request = client.post(format!("{base}/api/v1/manage/media")).bearer_auth(&token);
        let Ok(answer) = form(request, "file", "tep.pdf", &bytes).send().await else { break };
        assert_eq!(answer.status(), StatusCode::CREATED);
        let Ok(made) = answer.json::<Value>().await else { break };
        kept.fetch_add(1, Ordering::Relaxed);
        acknowledged.push((made["data"]["id"].as_str().unwrap().to_owned(), bytes));
    }
    acknowledged
}

#[actix_web::test]
async fn media_move_to_another_folder_while_the_service_goes_on() {
    let data = Data::new();
    let program = Program::start(&data.folder);
    let other = data.folder.join("elsewhere");
    let media = |action: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintuc"));
        command.arg("media").args(action).arg("--data-dir").arg(&data.folder).env_remove("DATABASE_URL");
        command
    };

    let moved = media(&["move", "--to", other.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&moved.stdout).starts_with("5 files were brought"), "{moved:?}");
    let again = media(&["move", "--to", other.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stdout).starts_with("0 files were brought"), "{again:?}");

    let there = media(&["verify"]).env("TINTUC_MEDIA_STORAGE", &other).output().unwrap();
    assert!(there.status.success(), "{there:?}");
    std::fs::remove_dir_all(other.join("content")).unwrap();
    let gone = media(&["verify"]).env("TINTUC_MEDIA_STORAGE", &other).output().unwrap();
    assert!(!gone.status.success() && String::from_utf8_lossy(&gone.stdout).contains("is missing"), "{gone:?}");
    assert!(program.stop(Signal::SIGTERM).success());
}

#[actix_web::test]
async fn media_purge_says_what_it_would_remove_and_then_removes_it() {
    let data = Data::new();
    let program = Program::start(&data.folder);
    // As a process leaves it that is killed between keeping a file and recording it.
    let key = Key::content(Digest::of(b"left"));
    let left = data.folder.join("media").join(key.to_string());
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    std::fs::write(&left, "left").unwrap();
    let two_days_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
    std::fs::File::options().write(true).open(&left).unwrap().set_modified(two_days_ago).unwrap();
    let owner = std::fs::metadata(data.folder.join("media/content")).unwrap();
    for path in left.ancestors().take(3) {
        chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let purge = |further: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintuc"));
        command.args(["media", "purge", "--data-dir"]).arg(&data.folder).args(further).env_remove("DATABASE_URL");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };

    let announced = purge(&["--dry-run"]);
    let there = left.exists();
    let done = purge(&[]);

    assert_eq!(announced, "0 records, the bytes of 1 files and 0 stray renditions would be removed.\n");
    assert_eq!(done, "0 records, the bytes of 1 files and 0 stray renditions were removed.\n");
    assert!(there && !left.exists());
    assert!(program.stop(Signal::SIGTERM).success());
}

#[test]
fn a_service_that_cannot_reach_its_database_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_tintuc"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(std::env::temp_dir().join("tintuc-no-database"))
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains("cannot connect to the database"), "{complaint}");
    let _ = std::fs::remove_dir_all(std::env::temp_dir().join("tintuc-no-database"));
}

#[actix_web::test]
async fn bytes_that_are_no_http_are_refused_and_are_no_error_of_ours() {
    let data = Data::new();
    let mut log = tempfile::tempfile().unwrap();
    let program = Program::start_with(&data.folder, log.try_clone().unwrap().into());
    let mut stranger = std::net::TcpStream::connect(program.base.trim_start_matches("http://")).unwrap();

    std::io::Write::write_all(&mut stranger, b"GET / HTTP/1.1\r\nx: \0\r\n\r\n").unwrap();

    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stranger, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(program.stop(Signal::SIGTERM).success());
    let mut said = String::new();
    std::io::Seek::rewind(&mut log).unwrap();
    std::io::Read::read_to_string(&mut log, &mut said).unwrap();
    assert!(!said.contains("ERROR"), "{said}");
}
