//! The files of a portal: read whole, known by their digests, sent from memory.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    http::{Answer, Found, Problem, Representation, negotiation::Coding},
    text::hexadecimal,
};

/// What answers where no file has the name of a page: pages are told apart in the browser.
const INDEX: &str = "index.html";
/// What is made of the others: which there are, and which version they are together.
const LIST: &str = "files.json";
/// What keeps a version on a phone. It is no part of it: browsers look after it by themselves.
const WORKER: &str = "sw.js";

/// How long a folder may be behind.
const LOOKED_AT: Duration = Duration::from_secs(1);
/// How many files a folder may hold, and how many bytes: they are kept in memory.
const MOST_FILES: usize = 1_000;
const MOST_BYTES: u64 = 32 * 1024 * 1024;

#[derive(RustEmbed)]
#[folder = "examples/portal/site"]
struct Embedded;

/// The portal that comes with the program.
///
/// # Errors
/// Where it is not whole.
pub fn embedded() -> Result<Files, String> {
    let read = |name: &str| Embedded::get(name).map(|file| file.data.into_owned());
    Files::of(Embedded::iter().filter_map(|name| Some((name.to_string(), read(&name)?))).collect())
}

/// One version of a portal.
pub struct Files(BTreeMap<String, File>);

struct File {
    answer: Answer,
    /// Whether it is smaller in a coding.
    is_text: bool,
}

impl Files {
    fn of(read: BTreeMap<String, Vec<u8>>) -> Result<Self, String> {
        if !read.contains_key(INDEX) {
            return Err(format!("there is no {INDEX}"));
        }
        let list = list(&read);
        let all = read.into_iter().chain([(LIST.to_owned(), list)]);
        let files = all.map(|(name, body)| File::new(&name, body).map(|file| (name, file)));
        files.collect::<Result<_, Problem>>().map(Self).map_err(|problem| problem.to_string())
    }

    /// The file at this path, as `request` wants it.
    ///
    /// # Errors
    /// `not_found`; `not_acceptable`.
    pub fn answer(&self, path: &str, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let names_page = !path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        let file = self.0.get(path).or_else(|| self.0.get(INDEX).filter(|_| names_page));
        let file = file.ok_or_else(Problem::not_found)?;
        let coding = if file.is_text { Coding::negotiate(request)? } else { Coding::Identity };
        file.answer.respond(request, coding).ok_or_else(|| Problem::internal("a file of the portal is in no form"))
    }
}

impl File {
    fn new(name: &str, body: Vec<u8>) -> Result<Self, Problem> {
        let media_type = match mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream") {
            "text/html" => "text/html; charset=utf-8",
            "text/css" => "text/css; charset=utf-8",
            "text/plain" => "text/plain; charset=utf-8",
            other => other,
        };
        let is_text = ["text/", "application/json", "application/manifest+json", "image/svg+xml"]
            .iter()
            .any(|kind| media_type.starts_with(kind));
        let representation = Representation { media_type, ..Representation::written(body, []) };
        let answer = Answer::new(Found::Content(representation))?;
        if is_text {
            answer.encode(Coding::Brotli)?;
            answer.encode(Coding::Gzip)?;
        }
        Ok(Self { answer, is_text })
    }
}

/// Each file's SHA-256 and, over all of them, the version: so whoever keeps them can tell a whole version from parts of two.
fn list(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let digests: BTreeMap<&str, String> = files
        .iter()
        .filter(|(name, _)| *name != WORKER)
        .map(|(name, body)| (name.as_str(), hexadecimal(&Sha256::digest(body))))
        .collect();
    let version =
        digests.iter().fold(Sha256::new(), |all, (name, digest)| all.chain_update(format!("{name} {digest}\n")));
    json!({ "version": hexadecimal(&version.finalize()), "files": digests }).to_string().into_bytes()
}

/// A folder with a portal, which may change while it is shown.
pub struct Folder {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// What was last found in a folder.
struct Seen {
    looked: Instant,
    marks: Marks,
    files: Arc<Files>,
}

/// What tells, without reading a file, that it is another: when it was changed, and its length.
type Marks = BTreeMap<String, (SystemTime, u64)>;

impl Folder {
    /// The portal in this folder.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn open(path: PathBuf) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", path.display());
        let marks = marks(&path).map_err(|error| told(error.to_string()))?;
        let files = Arc::new(read(&path, &marks).map_err(told)?);
        Ok(Self { path, seen: Mutex::new(Seen { looked: Instant::now(), marks, files }) })
    }

    /// Its files, at most a second behind. Looks at the folder: not for async threads. While they cannot be read, they
    /// are what they were.
    pub fn files(&self) -> Arc<Files> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.looked.elapsed() >= LOOKED_AT {
            if let Err(why) = self.look_again(&mut seen) {
                tracing::warn!(folder = %self.path.display(), why, "the portal stays as it was");
            }
            seen.looked = Instant::now();
        }
        Arc::clone(&seen.files)
    }

    fn look_again(&self, seen: &mut Seen) -> Result<(), String> {
        let marks = marks(&self.path).map_err(|error| error.to_string())?;
        if marks != seen.marks {
            seen.files = Arc::new(read(&self.path, &marks)?);
            seen.marks = marks;
        }
        Ok(())
    }
}

fn read(folder: &Path, marks: &Marks) -> Result<Files, String> {
    let bytes: u64 = marks.values().map(|(_, length)| length).sum();
    if marks.len() > MOST_FILES || bytes > MOST_BYTES {
        return Err(format!("a portal has at most {MOST_FILES} files and {MOST_BYTES} bytes"));
    }
    let body = |name: &String| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    Files::of(marks.keys().map(|name| Ok((name.clone(), body(name)?))).collect::<Result<_, String>>()?)
}

/// The files of a folder and those below it, by what they are called in addresses. Hidden ones are nobody's business.
fn marks(folder: &Path) -> io::Result<Marks> {
    let mut marks = Marks::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (Ok(name), about) = (entry.file_name().into_string(), fs::metadata(entry.path())?) else { continue };
            if name.starts_with('.') || marks.len() + folders.len() > MOST_FILES {
                continue;
            }
            if about.is_dir() {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else {
                marks.insert(format!("{prefix}{name}"), (about.modified()?, about.len()));
            }
        }
    }
    Ok(marks)
}
