//! Lists to import, made with the truth beside them by `tests/sharepoint/generate.py`, and what came of them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, sql_types::Jsonb};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::support::Site;

/// The list that the generator makes.
pub const LIST: &str = "c0ffee00-1207-4a5e-9b1d-7a7a7a7a0015";

/// A list as it was exported.
pub struct List {
    folder: TempDir,
    pub bundle: PathBuf,
    pub truth: Vec<Value>,
}

impl List {
    /// So many items in this shape.
    pub fn of(shape: &str, items: u32) -> Self {
        Self::with(&["--shape", shape, "--items", &items.to_string()])
    }

    /// What the generator makes of this.
    pub fn with(asked: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        let (mapping, truth) = (folder.path().join("mapping.toml"), folder.path().join("expected.jsonl"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sharepoint/generate.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(&bundle).args(asked).arg("--mapping").arg(&mapping).arg("--truth").arg(&truth);
        let made = command.stdout(Stdio::null()).status().expect("the tests of imports need Python 3");
        assert!(made.success());
        let lines = fs::read_to_string(truth).unwrap();
        let truth = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { folder, bundle, truth }
    }

    /// A list of a person's own making: a bundle with these files, and a mapping.
    pub fn written<const N: usize>(files: [(&str, Value); N], mapping: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        for (name, value) in files {
            let path = bundle.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value.to_string()).unwrap();
        }
        fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
        Self { folder, bundle, truth: Vec::new() }
    }

    pub fn mapping(&self) -> PathBuf {
        self.folder.path().join("mapping.toml")
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("report")
    }

    /// The command that takes it over into the newsroom of this site.
    pub fn command(&self, site: &Site, more: &[&str]) -> Command {
        let mut command = tintuc(site);
        command.args(["import", "sharepoint", "run"]).arg(&self.bundle).arg("--mapping").arg(self.mapping());
        command.arg("--report").arg(self.report()).args(more);
        command
    }

    /// Takes it over.
    pub fn goes_to(&self, site: &Site, more: &[&str]) -> Outcome {
        Outcome::of(self.command(site, more), &self.report())
    }

    /// The file at an address from the root of the server.
    pub fn file(&self, path: &str) -> PathBuf {
        let below = path.trim_start_matches('/');
        let there = self.bundle.join("files").join(below);
        let root = if self.bundle.is_dir() { self.bundle.clone() } else { self.bundle.parent().unwrap().to_owned() };
        let attached = below.find("Attachments/").map(|at| root.join(&below[at..]));
        let documents = root.join("Documents").join(below.rsplit('/').next().unwrap());
        [Some(there), Some(root.join("files").join(below)), attached, Some(documents)]
            .into_iter()
            .flatten()
            .find(|path| path.exists())
            .unwrap_or_else(|| panic!("no {path}"))
    }

    /// What is to come of each item, with files by their digests and links as they are written here.
    pub fn expected(&self) -> BTreeMap<i64, Value> {
        let written = self.truth.iter().filter(|item| item["action"] == "written");
        written.map(|item| (item["id"].as_i64().unwrap(), self.expectation(item.clone()))).collect()
    }

    fn expectation(&self, mut item: Value) -> Value {
        const KINDS: [(&str, &str); 5] = [
            ("Tin tức", "news"),
            ("Thông báo", "announcement"),
            ("Văn bản", "document"),
            ("Tin ảnh", "photo_story"),
            ("Video", "video"),
        ];
        let digest = |path: &str| digest(&fs::read(self.file(path)).unwrap());
        for field in ["image", "description_image", "audio"] {
            if let Some(path) = item[field].as_str() {
                item[field] = digest(path).into();
            }
        }
        let attachments = item["attachments"].as_array().unwrap().iter().map(|path| digest(path.as_str().unwrap()));
        item["attachments"] = attachments.collect();
        if let Some(body) = item["body"].as_str() {
            item["body"] = with_placeholders(body, |kind, what| match kind {
                "article" => format!("/api/v1/legacy/{what}?list={LIST}"),
                "file" => digest(what),
                "data" => what.to_owned(),
                "missing" => {
                    let escaped = what.replace('%', "%25").replace('#', "%23");
                    url::Url::parse("https://cong.tinh.example").unwrap().join(&escaped).unwrap().to_string()
                }
                _ => panic!("what is {kind}?"),
            })
            .into();
        }
        if item["body"] == "" {
            item["body"] = Value::Null;
        }
        // What is kept of a long one is its beginning.
        if named(&item["losses"]).iter().any(|loss| loss == "text_cut summary") {
            let beginning: String = item["summary"].as_str().unwrap().chars().take(999).collect();
            item["summary"] = format!("{}…", beginning.trim_end()).into();
        }
        let code = KINDS.iter().find(|(name, _)| item["article_type"] == *name);
        item["article_type"] = code.unwrap().1.into();
        if item["category"].is_null() {
            item["category"] = "Chưa phân loại".into();
        }
        for version in item["versions"].as_array_mut().unwrap() {
            let version = version.as_object_mut().unwrap();
            version.remove("label");
            version.remove("note");
        }
        for name in ["losses", "damage", "old_address", "publish_at"] {
            item.as_object_mut().unwrap().remove(name);
        }
        item
    }
}

/// A digest (SHA-256) in digits.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with_placeholders(body: &str, meant: impl Fn(&str, &str) -> String) -> String {
    let mut pieces = body.split("{{");
    let mut whole = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (name, after) = piece.split_once("}}").unwrap();
        let (kind, what) = name.split_once(':').unwrap();
        whole.push_str(&meant(kind, what));
        whole.push_str(after);
    }
    whole
}

/// What came of a run.
pub struct Outcome {
    pub succeeded: bool,
    pub said: String,
    pub lines: Vec<Value>,
}

impl Outcome {
    fn of(mut command: Command, report: &Path) -> Self {
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        let lines = fs::read_to_string(report.join("items.jsonl")).unwrap_or_default();
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { succeeded: output.status.success(), said, lines }
    }

    /// It came to its end.
    #[track_caller]
    pub fn done(self) -> Self {
        assert!(self.succeeded, "{}", self.said);
        self
    }

    /// It did not, and said so.
    #[track_caller]
    pub fn refused(&self, why: &str) {
        assert!(!self.succeeded && self.said.contains(why), "{}", self.said);
    }

    /// How many items each thing was done with.
    pub fn actions(&self) -> BTreeMap<&str, usize> {
        let mut actions = BTreeMap::new();
        for line in &self.lines {
            *actions.entry(line["action"].as_str().unwrap()).or_default() += 1;
        }
        actions
    }

    /// The losses of each item that has any: codes and fields.
    pub fn losses(&self) -> BTreeMap<i64, Vec<String>> {
        let of_item = |line: &Value| (line["item"].as_i64().unwrap(), named(&line["losses"]));
        self.lines.iter().map(of_item).filter(|(_, losses)| !losses.is_empty()).collect()
    }
}

/// Losses by code and field, in order, each kind once; none of them is told twice.
pub fn named(losses: &Value) -> Vec<String> {
    let named = |loss: &Value| format!("{} {}", loss["code"].as_str().unwrap(), loss["field"].as_str().unwrap());
    let mut all: Vec<String> = losses.as_array().unwrap().iter().map(named).collect();
    all.sort();
    all.dedup();
    let all_of_them = losses.as_array().unwrap();
    let is_repeated =
        |(place, loss): (usize, &Value)| loss.get("sample").is_some() && all_of_them[..place].contains(loss);
    assert!(!all_of_them.iter().enumerate().any(is_repeated), "{losses}");
    all
}

/// The program, at the database and the files of this site.
pub fn tintuc(site: &Site) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tintuc"));
    command.env("DATABASE_URL", site.database()).env("TINTUC_MEDIA_STORAGE", site.media_folder());
    command.env("TINTUC_DATA_DIR", site.media_folder());
    command
}

/// Starts a command that is not waited for.
pub fn started(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What the newsroom has of the list, an article an item, as [`List::expected`] has it; over a connection of its own, for what a
/// service asks is taken back before the thousands of a long run are put together.
pub fn articles(site: &Site) -> BTreeMap<i64, Value> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Jsonb)]
        article: Value,
    }
    let files = "WITH files AS (SELECT media_id AS id, encode(sha256, 'hex') AS sha256 FROM imported_files WHERE media_id IS NOT NULL)";
    let mut own = PgConnection::establish(site.database()).unwrap();
    let rows = diesel::sql_query(format!("{files} SELECT {}", include_str!("articles.sql"))).load(&mut own).unwrap();
    let rows: Vec<Value> = rows.into_iter().map(|row: Row| row.article).collect();
    let pairs = sql::<Jsonb>(
        "(SELECT coalesce(jsonb_object_agg(media_id, encode(sha256, 'hex')), '{}') FROM imported_files WHERE media_id IS NOT NULL)",
    );
    let pairs: Value = diesel::select(pairs).get_result(&mut own).unwrap();
    let by_media: BTreeMap<String, String> = serde_json::from_value(pairs).unwrap();
    let rows = rows.into_iter().map(|mut article| {
        if let Some(body) = article["body"].as_str() {
            article["body"] = by_digest(body, &by_media).into();
        }
        (article["id"].as_i64().unwrap(), article)
    });
    rows.collect()
}

/// A body with files by their digests.
fn by_digest(body: &str, by_media: &BTreeMap<String, String>) -> String {
    tintuc::text::with_addresses(body, |url| {
        let id = url.strip_prefix("/media/")?.split('/').next()?;
        by_media.get(id).cloned()
    })
}

/// Says where two differ, article by article and field by field.
#[track_caller]
pub fn same(got: &BTreeMap<i64, Value>, expected: &BTreeMap<i64, Value>) {
    let mut wrong = Vec::new();
    for (id, article) in expected {
        let Some(found) = got.get(id) else {
            wrong.push(format!("#{id} is not there"));
            continue;
        };
        for (field, value) in article.as_object().unwrap() {
            if &found[field] != value {
                wrong.push(format!("#{id} {field}:\n  got      {}\n  expected {value}", found[field]));
            }
        }
    }
    wrong.extend(got.keys().filter(|id| !expected.contains_key(id)).map(|id| format!("#{id} is too much")));
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
}
