//! What search engines are told, and the small files that every site is looked for.

use std::collections::BTreeSet;

use quick_xml::{Reader, events::Event};
use reqwest::Method;
use serde_json::json;
use tintuc::{newsroom::Transition::Unpublish, settings::Indexing};

use super::path_at;
use crate::{
    cache::until,
    support::{Answer, Approver, Author, Site, an_article, in_minutes},
};

/// An element that holds text, by its path from the root.
type Element = (String, String);

/// All elements of a document that hold text, in order. It has to be well-formed.
fn elements(answer: &Answer) -> Vec<Element> {
    let text = std::str::from_utf8(&answer.is(200).bytes).expect("UTF-8");
    let (mut reader, mut path, mut found) = (Reader::from_str(text), Vec::new(), Vec::<Element>::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                path.push(String::from_utf8(start.name().as_ref().to_vec()).expect("a name"));
                found.push((path.join("/"), String::new()));
            }
            Event::Text(part) => found.last_mut().expect("an element").1 += &part.decode().expect("text"),
            Event::GeneralRef(name) => {
                let character = match &*name.decode().expect("a name") {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("&{other};"),
                };
                found.last_mut().expect("an element").1 += character;
            }
            Event::End(_) => drop(path.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "{path:?} is open at the end");
    found.retain(|(_, text)| !text.is_empty());
    found
}

/// What these elements hold.
fn each(elements: &[Element], wanted: &str) -> Vec<String> {
    elements.iter().filter(|(path, _)| path == wanted).map(|(_, text)| text.clone()).collect()
}

/// Where a sitemap leads.
async fn urls(site: &Site, path: &str) -> Vec<String> {
    each(&elements(&site.get(path).await), "urlset/url/loc")
}

#[actix_web::test]
async fn every_public_article_is_in_the_sitemap_with_when_it_changed() {
    let site = Site::start().await;
    let article = site.article().await;
    assert_eq!(urls(&site, "/sitemap.xml").await, [""; 0]);
    let old = site.live(article.clone().with("published_at", "2020-02-29T00:00:00Z")).await;
    let new = site.live(article.clone()).await;
    site.person([Author]).await.creates(article.clone()).await;
    let ending = site.approved(article).await;
    let approver = site.person([Approver]).await;
    let ending = approver.publishes_with(&ending, json!({ "expires_at": in_minutes(5) })).await;

    let found = elements(&site.get("/sitemap.xml").await);

    let page = |article: &crate::support::person::Handle| format!("{}/api/v1/articles/{}", site.base, article.slug());
    assert_eq!(each(&found, "urlset/url/loc"), [page(&ending), page(&new), page(&old)]);
    for (article, lastmod) in [&ending, &new, &old].iter().zip(each(&found, "urlset/url/lastmod")) {
        let changed = site.public(article).await.data()["last_published_at"].as_str().unwrap().to_owned();
        assert_eq!(lastmod, format!("{}Z", &changed[..19]));
    }

    approver.does(Unpublish, &approver.sees(&new).await).await;
    assert_eq!(urls(&site, "/sitemap.xml").await, [page(&ending), page(&old)]);
    site.time_passes(chrono::Duration::minutes(6));
    until(async || urls(&site, "/sitemap.xml").await == [page(&old)]).await;
}

#[actix_web::test]
async fn beyond_what_one_sitemap_holds_there_is_one_for_each_month_or_day() {
    let site = Site::with(|settings| settings.feeds.sitemap_size = 2).await;
    let article = site.article().await;
    let mut all = BTreeSet::new();
    // The last of them is dated on the sixth in Vietnam.
    for date in ["2024-05-31T16:59:59Z", "2025-01-05T01:00:00Z", "2025-01-05T02:00:00Z", "2025-01-05T17:00:00Z"] {
        let live = site.live(article.clone().with("published_at", date)).await;
        all.insert(format!("{}/api/v1/articles/{}", site.base, live.slug()));
    }

    let index = elements(&site.get("/sitemap.xml").await);

    let places = each(&index, "sitemapindex/sitemap/loc");
    let paths: Vec<&str> = places.iter().map(|place| path_at(&site, place)).collect();
    assert_eq!(paths, ["/sitemaps/2025-01-06.xml", "/sitemaps/2025-01-05.xml", "/sitemaps/2024-05.xml"]);
    let changed = site.get("/api/v1/articles?sort=published_at&limit=1").await.rows()[0]["last_published_at"].clone();
    let lastmod = format!("{}Z", &changed.as_str().unwrap()[..19]);
    assert_eq!(each(&index, "sitemapindex/sitemap/lastmod"), [lastmod], "of what is known whole");
    let (mut found, mut number) = (BTreeSet::new(), 0);
    for path in paths {
        let urls = urls(&site, path).await;
        number += urls.len();
        found.extend(urls);
    }
    assert_eq!((found, number), (all, 4));
    assert_eq!(urls(&site, "/sitemaps/2025-01.xml").await.len(), 2, "no more than one may hold");
    for nothing in ["2025-02", "2025-1", "2025-13", "2025-02-30", "2025", "x", "2025-01-05T00"] {
        site.get(&format!("/sitemaps/{nothing}.xml")).await.is_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn sitemaps_are_kept_and_outdated_by_what_they_hold() {
    let site = Site::with(|settings| settings.feeds.sitemap_size = 1).await;
    let article = site.article().await;
    for date in ["2024-05-01T00:00:00Z", "2025-05-01T00:00:00Z"] {
        site.live(article.clone().with("published_at", date)).await;
    }
    let paths = ["/sitemap.xml", "/sitemaps/2024-05.xml", "/sitemap-news.xml", "/feeds/categories.opml"];
    for path in paths {
        let first = site.get(path).await;
        let before = site.app.delivery.statements();
        assert_eq!(site.get(path).await.is(200).bytes, first.bytes);
        site.send(site.request(Method::GET, path).header("if-none-match", first.header("etag"))).await.is(304);
        let head = site.send(site.request(Method::HEAD, path)).await;
        assert_eq!(head.is(200).header("content-length"), first.bytes.len().to_string());
        assert_eq!(site.app.delivery.statements(), before, "{path}");
    }
    site.live(article.with("published_at", "2025-05-02T00:00:00Z")).await;
    let before = site.app.delivery.statements();
    site.get("/sitemaps/2024-05.xml").await.is(200);
    assert_eq!(site.app.delivery.statements(), before, "another month");
    let months = each(&elements(&site.get("/sitemap.xml").await), "sitemapindex/sitemap/loc");
    assert_eq!(months.len(), 3);
}

#[actix_web::test]
async fn news_are_those_of_the_last_two_days() {
    let site = Site::with(|settings| settings.feeds.site_name = "Cổng tin & tức".to_owned()).await;
    let article = site.article().await;
    let day = |days: i64| (chrono::Utc::now() - chrono::Duration::days(days)).to_rfc3339();
    site.live(article.clone().titled("Ba ngày trước").with("published_at", day(3))).await;
    site.live(article.clone().titled("Hôm qua").with("published_at", day(1)).with("locale", "en")).await;
    let withdrawn = site.live(article.clone().titled("Rút")).await;
    site.live(article.titled("Giá < 5 & rẻ")).await;
    site.person([Approver]).await.does(Unpublish, &withdrawn).await;

    let news = elements(&site.get("/sitemap-news.xml").await);

    let of = |name: &str| each(&news, &format!("urlset/url/news:news/news:{name}"));
    assert_eq!(of("title"), ["Giá < 5 & rẻ", "Hôm qua"]);
    assert_eq!(of("publication/news:name"), ["Cổng tin & tức", "Cổng tin & tức"]);
    assert_eq!(of("publication/news:language"), ["vi", "en"]);
    assert_eq!((of("publication_date").len(), each(&news, "urlset/url/loc").len()), (2, 2));
    site.time_passes(chrono::Duration::hours(36));
    until(async || {
        let news = elements(&site.get("/sitemap-news.xml").await);
        each(&news, "urlset/url/news:news/news:title") == ["Giá < 5 & rẻ"]
    })
    .await;
}

#[actix_web::test]
async fn robots_are_told_where_the_sitemaps_are_or_to_stay_out() {
    let site = Site::start().await;
    let robots = site.get("/robots.txt").await;
    assert_eq!(robots.is(200).header("content-type"), "text/plain; charset=utf-8");
    let text = String::from_utf8(robots.bytes.clone()).unwrap();
    for path in ["/sitemap.xml", "/sitemap-news.xml"] {
        assert!(text.contains(&format!("Sitemap: {}{path}\n", site.base)), "{text}");
    }
    assert!(text.starts_with("User-agent: *\nDisallow: /api/v1/manage/\n"), "{text}");
    site.send(site.request(Method::GET, "/robots.txt").header("if-none-match", robots.header("etag"))).await.is(304);
    let hidden = Site::with(|settings| settings.feeds.indexing = Indexing::Off).await;
    assert_eq!(hidden.get("/robots.txt").await.is(200).bytes, b"User-agent: *\nDisallow: /\n");
}

#[actix_web::test]
async fn whom_to_tell_of_a_weakness_is_said_where_it_is_set() {
    Site::start().await.get("/.well-known/security.txt").await.is_problem(404, "not_found");
    let site = Site::with(|settings| {
        settings.site_url = Some("https://tinh.example".parse().unwrap());
        settings.feeds.security_contact =
            vec!["mailto:antoan@tinh.example".parse().unwrap(), "https://tinh.example/bao-loi".parse().unwrap()];
        settings.feeds.security_expires = Some("2027-06-30T00:00:00Z".parse().unwrap());
        settings.feeds.security_policy = Some("https://tinh.example/chinh-sach".parse().unwrap());
    })
    .await;
    let answer = site.get("/.well-known/security.txt").await;
    assert_eq!(answer.is(200).header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(
        String::from_utf8(answer.bytes).unwrap(),
        "Contact: mailto:antoan@tinh.example\nContact: https://tinh.example/bao-loi\nExpires: 2027-06-30T00:00:00Z\n\
         Preferred-Languages: vi, en\nPolicy: https://tinh.example/chinh-sach\n\
         Canonical: https://tinh.example/.well-known/security.txt\n"
    );
}

#[actix_web::test]
async fn the_feeds_of_all_categories_are_listed_as_they_lie_and_each_is_there() {
    let site = Site::start().await;
    let economy = site.category("Kinh tế & xã hội").await;
    let farming = site.category_below("Nông nghiệp", Some(&economy)).await;
    let live = site.live(an_article().filed_under(&farming)).await;
    let answer = site.get("/feeds/categories.opml").await;
    assert_eq!(answer.is(200).header("content-type"), "text/x-opml; charset=utf-8");
    let text = std::str::from_utf8(&answer.bytes).unwrap();
    let (mut reader, mut depth, mut found) = (Reader::from_str(text), 0, Vec::new());
    loop {
        let event = reader.read_event().expect("well-formed XML");
        if let Event::Start(tag) | Event::Empty(tag) = &event
            && tag.name().as_ref() == b"outline"
        {
            let value = |name: &str| {
                let attribute = tag.try_get_attribute(name).unwrap().expect("an attribute");
                attribute
                    .decoded_and_normalized_value(quick_xml::XmlVersion::Implicit1_0, reader.decoder())
                    .unwrap()
                    .into_owned()
            };
            assert_eq!(value("type"), "rss");
            found.push((depth, value("text"), value("xmlUrl")));
        }
        match event {
            Event::Start(tag) if tag.name().as_ref() == b"outline" => depth += 1,
            Event::End(tag) if tag.name().as_ref() == b"outline" => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    let feed = |slug: &str| format!("{}/feeds/rss.xml?category={slug}", site.base);
    assert_eq!(
        found,
        [(0, "Kinh tế & xã hội".to_owned(), feed(&economy)), (1, "Nông nghiệp".to_owned(), feed(&farming))]
    );
    for (.., address) in found {
        assert_eq!(super::read(&site, path_at(&site, &address)).await.ids(), [format!("urn:uuid:{}", live.id)]);
    }
}

#[actix_web::test]
async fn an_index_and_a_sitemap_are_read_by_indexes_whatever_there_is() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    let months = site.plan("SELECT month, articles, last_published_at FROM delivery.months ORDER BY month DESC");
    assert!(months.contains("published_articles_by_month"), "{months}");
    let urls = site.plan(
        "SELECT a.slug, c.slug FROM delivery.articles a JOIN delivery.categories c ON c.id = a.category_id \
         WHERE published_at >= '2026-11-01' AND published_at < '2026-12-01' \
         ORDER BY published_at DESC, article_id DESC LIMIT 50000",
    );
    assert!(urls.contains("published_articles_newest"), "{urls}");
}
