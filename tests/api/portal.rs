//! What people see who come to the address of the service: the portal, or where everything is.

use std::{fs, path::Path, time::Duration};

use reqwest::{Method, header::ACCEPT_ENCODING};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tintuc::{
    app::App,
    settings::{PortalChoice, Settings},
    text::hexadecimal,
};

use crate::support::{Answer, Site};

const EMBEDDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/portal/site");

async fn site(portal: PortalChoice) -> Site {
    Site::with(|settings| settings.portal = Some(portal)).await
}

/// A portal of these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| write(folder.path(), name, text));
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn of(folder: &TempDir) -> PortalChoice {
    PortalChoice::Folder(folder.path().to_owned())
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.is(200).bytes).unwrap()
}

/// More than a folder may be behind.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(1_100)).await;
}

#[actix_web::test]
async fn without_a_portal_the_address_tells_where_everything_is() {
    let site = Site::start().await;
    let index = site.get("/").await;
    assert_eq!(
        index.is(200).data(),
        &json!({
            "documentation": "/docs/",
            "openapi": "/api/openapi.json",
            "articles": "/api/v1/articles",
            "front": "/api/v1/front",
            "sync": "/api/v1/sync",
            "feeds": {
                "rss": "/feeds/rss.xml",
                "atom": "/feeds/atom.xml",
                "json": "/feeds/feed.json",
                "podcast": "/feeds/podcast.xml",
                "categories": "/feeds/categories.opml",
            },
            "sitemap": "/sitemap.xml",
        })
    );
    let feeds = index.data()["feeds"].as_object().unwrap().values();
    let links = index.data().as_object().unwrap().values().chain(feeds).filter_map(|link| link.as_str());
    for link in links {
        site.get(link).await.is(200);
    }
    for path in ["/portal", "/portal/", "/portal/index.html", "/portal/files.json"] {
        site.get(path).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn with_the_portal_the_address_leads_there_and_each_page_is_its_page() {
    let site = site(PortalChoice::On).await;
    for path in ["/", "/portal"] {
        assert_eq!(site.get(path).await.is(302).header("location"), "/portal/");
    }
    let page = site.get("/portal/").await;
    assert_eq!(page.is(200).header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for path in ["index.html", "bai-viet/lich-tiep-cong-dan", "tim-kiem?q=dân", "chuyen-muc/a/b"] {
        assert_eq!(site.get(&format!("/portal/{path}")).await.bytes, page.bytes, "{path}");
    }
    for path in ["nothing.js", "..%2Fportal%2Findex.html", "%2e%2e/Cargo.toml", "../../Cargo.toml.x"] {
        site.get(&format!("/portal/{path}")).await.is(404);
    }
}

#[actix_web::test]
async fn the_list_of_files_holds_each_digest() {
    let site = site(PortalChoice::On).await;
    let list = site.get("/portal/files.json").await;
    assert_eq!(list.is(200).header("content-type"), "application/json");
    let listed = list.body["files"].as_object().unwrap();
    let mut version = Sha256::new();
    for (name, digest) in listed {
        let file = site.get(&format!("/portal/{name}")).await;
        assert_eq!(file.is(200).bytes, fs::read(Path::new(EMBEDDED).join(name)).unwrap(), "{name}");
        let found = hexadecimal(&Sha256::digest(&file.bytes));
        assert_eq!(*digest, found, "{name}");
        version.update(format!("{name} {found}\n"));
    }
    assert_eq!(list.body["version"], hexadecimal(&version.finalize()));
    assert!(listed.contains_key("index.html") && !listed.contains_key("sw.js"));
}

#[actix_web::test]
async fn a_file_is_sent_small_and_once() {
    let script = "export const name = 'Tin tức';\n".repeat(50);
    let folder = folder(&[("index.html", "<!doctype html>"), ("app.js", &script), ("anh/a.png", "no text")]);
    let site = site(of(&folder)).await;
    let ask = |path: &str| site.request(Method::GET, path).header(ACCEPT_ENCODING, "gzip, br");
    let small = site.send(ask("/portal/app.js")).await;
    assert_eq!((small.header("content-encoding").as_str(), small.header("vary").as_str()), ("br", "Accept-Encoding"));
    assert_eq!(small.header("content-type"), "text/javascript");
    assert!(small.is(200).bytes.len() < 200);
    site.send(ask("/portal/app.js").header("if-none-match", small.header("etag"))).await.is(304);
    let picture = site.send(ask("/portal/anh/a.png")).await;
    assert!(!picture.is(200).headers.contains_key("content-encoding"));
    assert_eq!(picture.header("content-type"), "image/png");
}

#[actix_web::test]
async fn a_folder_is_shown_as_it_becomes_and_stays_as_it_was_while_it_is_no_portal() {
    let folder = folder(&[("index.html", "one"), (".env", "secret")]);
    let site = site(of(&folder)).await;
    assert_eq!(text(&site.get("/portal/").await), "one");
    site.get("/portal/.env").await.is_problem(404, "not_found");
    let before = site.get("/portal/files.json").await;

    write(folder.path(), "index.html", "two, and more");
    write(folder.path(), "pages/front.js", "export {};");
    a_moment().await;
    assert_eq!(text(&site.get("/portal/").await), "two, and more");
    assert_eq!(text(&site.get("/portal/pages/front.js").await), "export {};");
    assert_ne!(site.get("/portal/files.json").await.body["version"], before.body["version"]);

    fs::remove_file(folder.path().join("index.html")).unwrap();
    a_moment().await;
    assert_eq!(text(&site.get("/portal/").await), "two, and more");
}

#[test]
fn a_folder_without_pages_is_refused_at_the_start() {
    let folder = folder(&[("app.js", "")]);
    let mut settings = Settings::defaults();
    settings.portal = Some(of(&folder));
    let why = App::connect(settings, &"postgres://nobody@127.0.0.1:1/none".into()).err().expect("refused").to_string();
    assert!(why.contains("there is no index.html") && why.contains(folder.path().to_str().unwrap()), "{why}");
}

#[actix_web::test]
async fn articles_are_read_in_the_portal_where_there_is_one() {
    let site = site(PortalChoice::On).await;
    let article = site.live(site.article().await.titled("Lịch tiếp công dân")).await;
    let metadata = site.get(&format!("/api/v1/articles/{}/metadata", article.id)).await;
    let canonical = metadata.data()["canonical"].as_str().unwrap();
    assert!(canonical.ends_with("/portal/bai-viet/lich-tiep-cong-dan"), "{canonical}");
    site.get(canonical.strip_prefix(&site.base).expect("an address of the service")).await.is(200);
}

#[test]
fn a_portal_is_shown_with_the_embedded_database_unless_somebody_says_otherwise() {
    let mut settings = Settings::defaults();
    assert_eq!(settings.portal(), PortalChoice::On);
    settings.database_url = Some("postgres://nobody@127.0.0.1:1/none".into());
    assert_eq!(settings.portal(), PortalChoice::Off);
    settings.portal = Some("on".parse().unwrap());
    assert_eq!(settings.portal(), PortalChoice::On);
    settings.portal = Some("pages/of/ours".parse().unwrap());
    assert_eq!(settings.portal(), PortalChoice::Folder("pages/of/ours".into()));
}
