//! A real provider of OpenID Connect: `oidc-provider` on Node.js, from the npm registry as `tests/oidc/package-lock.json` pins it.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use reqwest::{Client, Method, Response, Url};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tintuc::{settings::Settings, text::hexadecimal};

use super::{Answer, Site, site::client};

/// What the service proves to the provider who it is by.
const SECRET: &str = "chi-dung-de-thu";

/// Where the site says that it is. Nothing listens there: the browser of the tests knows the way.
pub const SITE: &str = "http://tintuc.example";

/// Installed once for all tests: where `provider.mjs` lies, beside what it needs.
static INSTALLED: LazyLock<PathBuf> = LazyLock::new(install);

/// What is needed, if it is not there.
const NEEDED: &str = "the tests of single sign-on need Node.js 20.19 or later with npm, and once its registry";

fn install() -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
    let files = ["package.json", "package-lock.json", "provider.mjs"];
    let contents = files.map(|file| fs::read(sources.join(file)).expect("tests/oidc is there"));
    let digest = hexadecimal(&Sha256::digest(contents.concat())[..8]);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("oidc-{digest}"));
    fs::create_dir_all(&folder).expect("a folder");
    // Of two test binaries that start together one installs.
    let lock = File::create(folder.join(".lock")).expect("a lock");
    lock.lock().expect("a turn");
    let done = folder.join(".installed");
    if !done.exists() {
        for (file, content) in files.iter().zip(&contents) {
            fs::write(folder.join(file), content).expect("a file");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--cache"]);
        let output = npm.arg(folder.join(".npm")).current_dir(&folder).output();
        let output = output.unwrap_or_else(|error| panic!("{NEEDED}; `npm ci`: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{NEEDED}; `npm ci` says: {said}");
        fs::write(done, "").expect("a mark");
    }
    folder
}

/// A provider that runs, with accounts that a test makes and removes.
pub struct Provider {
    pub issuer: String,
    process: Child,
    client: Client,
}

impl Provider {
    /// One that gives refresh tokens.
    pub fn start() -> Self {
        Self::with("rotating")
    }

    /// The same, with what it does about refresh tokens.
    pub fn with(refresh_tokens: &str) -> Self {
        let mut node = Command::new("node");
        node.arg(INSTALLED.join("provider.mjs")).env("CLIENT_SECRET", SECRET).env("REFRESH_TOKENS", refresh_tokens);
        let process = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = process.unwrap_or_else(|error| panic!("{NEEDED}; `node`: {error}"));
        let mut first = String::new();
        let output = process.stdout.take().expect("what it says");
        BufReader::new(output).read_line(&mut first).expect("a line");
        let said: Value = serde_json::from_str(&first).unwrap_or_else(|_| panic!("{NEEDED}; it says {first:?}"));
        let issuer = said["issuer"].as_str().expect("who it is").to_owned();
        Self { issuer, process, client: client() }
    }

    /// The settings of a service that trusts it.
    pub fn trusted(&self, roles: &str) -> impl FnOnce(&mut Settings) + use<> {
        let (issuer, roles) = (self.issuer.clone(), roles.to_owned());
        move |settings| {
            settings.site_url = Some(SITE.parse().expect("a URL"));
            settings.oidc.oidc_issuer = Some(issuer);
            settings.oidc.oidc_client_id = Some("tintuc".to_owned());
            settings.oidc.oidc_client_secret = Some(SECRET.into());
            settings.oidc.oidc_roles = Some(roles);
        }
    }

    /// Makes an account, or says other things of it.
    pub async fn knows(&self, account: &str, claims: &Value) {
        let path = format!("{}/accounts/{account}", self.issuer);
        self.client.put(path).json(claims).send().await.expect("an answer");
    }

    /// Removes one.
    pub async fn forgets(&self, account: &str) {
        self.client.delete(format!("{}/accounts/{account}", self.issuer)).send().await.expect("an answer");
    }

    /// Ends it.
    pub fn goes_down(&mut self) {
        self.process.kill().expect("a process");
        self.process.wait().expect("an end");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser, with what it keeps for the site and for the provider.
#[derive(Default)]
pub struct Browser {
    cookies: Mutex<HashMap<(bool, String), String>>,
}

impl Browser {
    /// Signs in as this account of the provider, up to what the site answers at the end.
    pub async fn signs_in(&self, site: &Site, provider: &Provider, account: &str) -> Answer {
        let left = self.leaves(site).await;
        let back = self.at_the_provider(provider, &left, account).await;
        self.comes_back(site, &back).await
    }

    /// Goes to the provider: where to.
    pub async fn leaves(&self, site: &Site) -> Url {
        let answer = self.asks(site, "/api/v1/auth/oidc").await;
        answer.is(303).header("location").parse().expect("a URL")
    }

    /// What the site answers, with the cookies that go there and those that it sets kept.
    pub async fn asks(&self, site: &Site, path_and_query: &str) -> Answer {
        let request = site.request(Method::GET, path_and_query).header("cookie", self.sent(true));
        let request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let answer = site.send(request).await;
        self.keep(true, answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("text")));
        answer
    }

    /// Keeps the cookies of an answer of the site.
    pub fn keeps(&self, answer: &Answer) {
        self.keep(true, answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("text")));
    }

    /// Signs in there, or refuses to where the account has no name: where it is sent back to.
    pub async fn at_the_provider(&self, provider: &Provider, to: &Url, account: &str) -> Url {
        let mut at = to.clone();
        for _ in 0..10 {
            if at.as_str().starts_with(SITE) {
                return at;
            }
            assert!(at.as_str().starts_with(&provider.issuer), "led astray to {at}");
            let mut request = provider.client.get(at.clone()).header("cookie", self.sent(false));
            if !account.is_empty() {
                request = request.header("x-account", account);
            }
            let answer: Response = request.send().await.expect("an answer");
            self.keep(false, answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().expect("text")));
            let location = answer.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
            let Some(location) = location else { panic!("{at}: {}", answer.text().await.expect("text")) };
            at = at.join(&location).expect("a URL");
        }
        panic!("led in circles at {at}");
    }

    /// Comes back to the site with what the provider sent it with.
    pub async fn comes_back(&self, site: &Site, back: &Url) -> Answer {
        self.asks(site, &format!("{}?{}", back.path(), back.query().unwrap_or_default())).await
    }

    fn sent(&self, site: bool) -> String {
        let cookies = self.cookies.lock().expect("the cookies");
        let mine = cookies.iter().filter(|((of, _), _)| *of == site);
        mine.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep<'a>(&self, site: bool, lines: impl Iterator<Item = &'a str>) {
        let mut cookies = self.cookies.lock().expect("the cookies");
        for (name, value) in lines.filter_map(|line| line.split(';').next()?.split_once('=')) {
            let key = (site, name.trim().to_owned());
            if value.is_empty() {
                cookies.remove(&key)
            } else {
                cookies.insert(key, value.to_owned())
            };
        }
    }
}
