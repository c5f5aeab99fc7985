//! Which articles a feed holds, page by page, and for how long.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use tintuc::newsroom::Transition::{Submit, Unpublish};

use super::{FEEDS, path_at, read, said};
use crate::support::{Approver, Author, Editor, Site, an_article, in_minutes};

#[actix_web::test]
async fn what_is_not_public_is_in_no_feed() {
    let site = Site::start().await;
    let article = site.article().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    site.live(article.clone().titled("Đang đăng")).await;
    site.person([Author]).await.creates(article.clone().titled("Dự thảo")).await;
    editor.submits(article.clone().titled("Chờ duyệt")).await;
    let approved = site.approved(article.clone().titled("Hẹn giờ")).await;
    approver.publishes_with(&approved, json!({ "publish_at": in_minutes(5) })).await;
    let ending = site.approved(article.clone().titled("Hết hạn")).await;
    approver.publishes_with(&ending, json!({ "expires_at": in_minutes(5) })).await;
    let withdrawn = site.live(article.titled("Thu hồi")).await;
    for feed in FEEDS {
        assert_eq!(read(&site, feed).await.titles(), ["Thu hồi", "Hết hạn", "Đang đăng"], "{feed}");
    }

    approver.does(Unpublish, &withdrawn).await;
    for feed in FEEDS {
        assert_eq!(read(&site, feed).await.titles(), ["Hết hạn", "Đang đăng"], "{feed}");
    }

    site.time_passes(chrono::Duration::minutes(6));
    for feed in FEEDS {
        assert_eq!(read(&site, &format!("{feed}?limit=50")).await.titles(), ["Hẹn giờ", "Đang đăng"], "{feed}");
    }
}

#[actix_web::test]
async fn an_article_is_seen_once_whatever_becomes_of_its_title_slug_and_category() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Trước")).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let mut before = Vec::new();
    for feed in FEEDS {
        before.push(read(&site, feed).await.entries[0].clone());
    }

    let change = json!({ "title": "Sau", "slug": "sau", "category": site.category("Văn hóa").await });
    let edited = editor.edits(&editor.sees(&live).await, change).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;

    for (feed, before) in FEEDS.iter().zip(before) {
        let [after] = &read(&site, feed).await.entries[..] else { panic!("one article") };
        assert_eq!((&after.id, after.title.as_str()), (&before.id, "Sau"), "{feed}");
        assert_eq!(after.id, format!("urn:uuid:{}", live.id));
        assert_ne!((&after.page, &after.names), (&before.page, &before.names));
        assert_eq!(after.published, before.published);
    }
    let atom = site.get("/feeds/atom.xml").await;
    let entry = &super::atom(&atom).entries[0];
    assert!(entry.updated() > entry.published().unwrap(), "a new version is an update");
}

#[actix_web::test]
async fn the_pages_of_a_feed_hold_each_article_once() {
    let site = Site::start().await;
    let article = site.article().await;
    for number in 1..=5 {
        site.live(article.clone().titled(&format!("Tin {number}"))).await;
    }
    for feed in FEEDS {
        for query in ["limit=2", "full=true&limit=2", "q=tin&limit=2", "category=thong-bao&limit=2"] {
            let (mut path, mut titles, mut ids, mut pages) =
                (format!("{feed}?{query}"), Vec::new(), BTreeSet::new(), 0);
            loop {
                let page = read(&site, &path).await;
                titles.extend(page.titles().iter().map(ToString::to_string));
                ids.extend(page.ids().iter().map(ToString::to_string));
                pages += 1;
                let Some(next) = &page.next else { break };
                path = path_at(&site, next).to_owned();
            }
            assert_eq!(titles, ["Tin 5", "Tin 4", "Tin 3", "Tin 2", "Tin 1"], "{feed}?{query}");
            assert_eq!((ids.len(), pages), (5, 3), "{feed}?{query}");
        }
    }
}

#[actix_web::test]
async fn a_later_page_says_where_the_feed_begins() {
    let site = Site::start().await;
    for _ in 0..2 {
        site.live(site.article().await).await;
    }
    let first = read(&site, "/feeds/rss.xml?limit=1").await;
    let second = site.get(path_at(&site, &first.next.unwrap())).await;
    let channel = super::rss(&second);
    let links = channel.atom_ext().unwrap().links();
    let beginning = links.iter().find(|link| link.rel == "first").unwrap();
    assert_eq!(beginning.href, first.this);
    assert_eq!(said(&second).next, None);
}

#[actix_web::test]
async fn a_feed_takes_the_filters_of_the_list() {
    let site = Site::start().await;
    let (news, culture) = (site.category("Tin mới").await, site.category("Văn hóa").await);
    let below = site.category_below("Lễ hội", Some(&culture)).await;
    let one = an_article().titled("Lúa").filed_under(&news).tagged(["Nông nghiệp"]).with("featured", true);
    let one = one.with("author", json!({ "name": "Sở Nông nghiệp" })).with("published_at", "2024-05-01T00:00:00Z");
    let live = site.live(one).await;
    let two = an_article().titled("Hội xuân").filed_under(&below).with("article_type", "news").with("locale", "en");
    site.live(two.with("published_at", "2025-05-01T00:00:00Z")).await;
    let author = live.data["author"]["id"].as_str().unwrap();

    for (query, titles, called) in [
        ("category=van-hoa", vec!["Hội xuân"], "Tin tức – Văn hóa"),
        ("tag=nong-nghiep", vec!["Lúa"], "Tin tức – Nông nghiệp"),
        ("article_type=news", vec!["Hội xuân"], "Tin tức – Tin tức"),
        (&*format!("author={author}"), vec!["Lúa"], "Tin tức – Sở Nông nghiệp"),
        ("featured=true", vec!["Lúa"], "Tin tức"),
        ("published_after=2025-01-01T00%3A00%3A00Z", vec!["Hội xuân"], "Tin tức"),
        ("published_before=2025-01-01T00%3A00%3A00Z", vec!["Lúa"], "Tin tức"),
        ("locale=en", vec!["Hội xuân"], "Tin tức"),
        ("q=lua", vec!["Lúa"], "Tin tức – “lua”"),
        ("category=tin-moi&tag=nong-nghiep", vec!["Lúa"], "Tin tức – Tin mới – Nông nghiệp"),
    ] {
        for feed in FEEDS {
            let said = read(&site, &format!("{feed}?{query}")).await;
            assert_eq!(said.titles(), titles, "{feed}?{query}");
            assert_eq!(
                (said.title.as_str(), said.language.as_str()),
                (called, if query == "locale=en" { "en" } else { "vi" })
            );
        }
    }
    for (query, named) in
        [("category=khong-co", 0), ("tag=khong-co", 0), ("locale=fr", 0), ("article_type=khong-co", 0)]
    {
        for feed in FEEDS {
            let said = read(&site, &format!("{feed}?{query}")).await;
            assert_eq!((said.entries.len(), said.title.as_str()), (named, "Tin tức"), "{feed}?{query}");
        }
    }
}

#[actix_web::test]
async fn what_no_feed_knows_is_refused() {
    let site = Site::start().await;
    for _ in 0..2 {
        site.live(site.article().await).await;
    }
    let next = read(&site, "/feeds/rss.xml?limit=1").await.next.unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap().to_owned();
    for feed in FEEDS {
        for query in ["sort=published_at", "fields=id", "count=exact", "page=2"] {
            site.get(&format!("{feed}?{query}")).await.is_problem(400, "unknown_parameter");
        }
        for query in ["limit=0", "limit=101", "full=yes", "author=x", "published_after=yesterday", "limit=1&limit=2"] {
            site.get(&format!("{feed}?{query}")).await.is_problem(400, "bad_request");
        }
        site.get(&format!("{feed}?cursor=AAAA")).await.is_problem(400, "invalid_cursor");
        site.get(&format!("{feed}?featured=true&cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    }
    site.get(&format!("/feeds/atom.xml?limit=1&cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    site.get(&format!("/api/v1/articles?limit=1&cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    site.get("/feeds/rss.xml.gz").await.is_problem(404, "not_found");
    site.send(site.request(Method::POST, "/feeds/rss.xml")).await.is_problem(405, "method_not_allowed");
}

#[actix_web::test]
async fn feeds_are_kept_and_answer_conditions_codings_and_heads() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    for feed in FEEDS {
        let full = site.get(feed).await;
        let reader = site.request(Method::GET, feed).header("accept", "text/html, application/x-anything");
        assert_eq!(site.send(reader.header("accept-encoding", "br")).await.is(200).header("content-encoding"), "br");
        let before = site.app.delivery.statements();

        let known = site.request(Method::GET, feed).header("if-none-match", full.header("etag"));
        site.send(known).await.is(304);
        let coded = site.send(site.request(Method::GET, feed).header("accept-encoding", "br")).await;
        assert_eq!(coded.is(200).header("content-encoding"), "br");
        let head = site.send(site.request(Method::HEAD, feed)).await;
        assert_eq!(head.is(200).header("content-length"), full.bytes.len().to_string());
        assert_eq!(head.header("content-type"), full.header("content-type"));
        assert_eq!(site.get(feed).await.bytes, full.bytes);
        assert_eq!(full.header("access-control-allow-origin"), "*");

        assert_eq!(site.app.delivery.statements(), before, "{feed} from memory");
        site.live(site.article().await).await;
        let known = site.request(Method::GET, feed).header("if-none-match", full.header("etag"));
        site.send(known).await.is(200);
    }
}

#[actix_web::test]
async fn a_feed_of_a_category_that_was_renamed_leads_on() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category)).await;
    let admin = site.person([crate::support::Admin]).await;
    let id = admin.get("/categories").await.rows()[0]["id"].as_str().unwrap().to_owned();
    let shown = admin.get(&format!("/categories/{id}")).await;
    let request = admin.request(Method::PATCH, &format!("/categories/{id}")).header("If-Match", shown.header("etag"));
    site.send(request.json(&json!({ "slug": "cong-bo" }))).await.is(200);

    for feed in FEEDS {
        let moved = site.get(&format!("{feed}?category=thong-bao&limit=5")).await;
        assert_eq!(moved.is(308).header("location"), format!("{feed}?category=cong-bo&limit=5"));
        assert_eq!(read(&site, &format!("{feed}?category=cong-bo&limit=5")).await.entries.len(), 1);
    }
}

#[actix_web::test]
async fn a_page_costs_the_same_however_much_it_shows() {
    let site = Site::start().await;
    let article = site.article().await.tagged(["Thi đua"]);
    let recording = site.media("audio").await;
    let article = article.with("audio", json!({ "media_id": recording }));
    site.live(article.clone()).await;
    let cost = async |path: String| {
        let before = site.app.delivery.statements();
        site.get(&path).await.is(200);
        site.app.delivery.statements() - before
    };
    for feed in FEEDS.into_iter().chain(["/feeds/podcast.xml"]) {
        // What things are called is known from then on.
        cost(format!("{feed}?limit=99")).await;
        let one = cost(format!("{feed}?limit=1")).await;
        site.live(article.clone()).await;
        site.live(article.clone()).await;
        assert_eq!(cost(format!("{feed}?limit=98")).await, one, "{feed}");
        assert!(one <= 8, "{feed}: {one}");
    }
}
