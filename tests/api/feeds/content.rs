//! What feeds say of an article.

use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::Submit;

use super::{FEEDS, atom, read, rss, said};
use crate::support::{
    Approver, Editor, Site, an_article,
    article::ArticleBuilder,
    files::{jpeg, pdf, wav},
    person::Handle,
};

/// An article with all that feeds can show.
async fn a_full_article(site: &Site) -> ArticleBuilder {
    let editor = site.person([Editor]).await;
    let picture = editor.uploads("Trụ sở.jpg", &jpeg(400, 300)).await;
    let recording = editor.uploads("Bản tin & âm thanh.wav", &wav(2)).await;
    let document = editor.uploads("Kế hoạch.pdf", &pdf("x")).await;
    let body =
        format!("<p>Xem <a href=\"{}\">kế hoạch</a></p><img src=\"{}\" alt=\"Trụ sở\">", document.url(), picture.url());
    let article = an_article().titled("Giá < 5 & \"rẻ\"").filed_under(&site.category("Thông báo").await);
    let article = article.tagged(["Thi đua", "Đê điều"]).with("summary", "Tóm tắt: a < b & c ]]> d");
    let article = article.with("author", json!({ "name": "Văn phòng UBND" })).with("body", body);
    let article = article.with("image", json!({ "media_id": picture.id, "alt": "Trụ sở", "caption": "Sáng nay" }));
    let article = article.with("audio", json!({ "media_id": recording.id, "title": "Nghe" }));
    article.with("attachments", json!([{ "media_id": document.id, "title": "Toàn văn" }]))
}

#[actix_web::test]
async fn each_form_says_the_same_of_an_article() {
    let site = Site::start().await;
    let live = site.live(a_full_article(&site).await).await;
    let shown = site.public(&live).await.data().clone();

    for feed in FEEDS {
        let said = read(&site, feed).await;
        let [entry] = &said.entries[..] else { panic!("one article in {feed}") };
        assert_eq!(entry.id, format!("urn:uuid:{}", live.id));
        assert_eq!(entry.title, "Giá < 5 & \"rẻ\"");
        assert_eq!(entry.page, format!("{}/api/v1/articles/{}", site.base, live.slug()));
        site.get(super::path_at(&site, &entry.page)).await.is(200);
        assert_eq!(entry.names, ["Thông báo", "Thi đua", "Đê điều"]);
        assert_eq!(entry.authors, ["Văn phòng UBND"]);
        assert!(shown["published_at"].as_str().unwrap().starts_with(&entry.published[..19]));
        assert_eq!(entry.content, None, "only with full=true");
        assert!(!String::from_utf8_lossy(&site.get(feed).await.bytes).contains("@tintuc.example"));
    }
    let channel = rss(&site.get(FEEDS[0]).await);
    assert_eq!(channel.items()[0].description(), Some("Tóm tắt: a &lt; b &amp; c ]]&gt; d"), "it is read as HTML");
    let feed = atom(&site.get(FEEDS[1]).await);
    assert_eq!(feed.entries()[0].summary().unwrap().as_str(), "Tóm tắt: a < b & c ]]> d");
    assert_eq!(feed.entries()[0].summary().unwrap().lang.as_deref(), Some("vi"));
    let item = &site.get(FEEDS[2]).await.body["items"][0];
    assert_eq!((&item["summary"], &item["content_text"]), (&shown["summary"], &shown["summary"]));
}

/// The address and the length of each file that a feed encloses.
fn enclosures(site: &Site, feed: &crate::support::Answer) -> Vec<(String, String, String)> {
    let named = |url: &str, length: String, mime_type: &str| {
        (super::path_at(site, url).to_owned(), length, mime_type.to_owned())
    };
    match feed.header("content-type").as_str() {
        "application/feed+json" => {
            let attachments = feed.body["items"][0]["attachments"].as_array().unwrap().iter();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            attachments
                .map(|it| named(&text(&it["url"]), it["size_in_bytes"].to_string(), &text(&it["mime_type"])))
                .collect()
        }
        kind if kind.starts_with("application/atom") => {
            let feed = atom(feed);
            let links = feed.entries()[0].links().iter().filter(|link| link.rel() == "enclosure");
            links.map(|it| named(it.href(), it.length().unwrap().to_owned(), it.mime_type().unwrap())).collect()
        }
        _ => {
            let channel = rss(feed);
            let item = &channel.items()[0];
            let enclosure = item.enclosure().unwrap();
            let picture = &item.extensions()["media"]["content"][0].attrs;
            vec![
                named(enclosure.url(), enclosure.length().to_owned(), enclosure.mime_type()),
                named(&picture["url"], picture["fileSize"].clone(), &picture["type"]),
            ]
        }
    }
}

#[actix_web::test]
async fn what_a_feed_encloses_is_there_and_as_long_as_it_says() {
    let site = Site::start().await;
    site.live(a_full_article(&site).await).await;
    for (feed, kinds) in [
        (FEEDS[0], vec!["audio/wav", "image/jpeg"]),
        (FEEDS[1], vec!["audio/wav", "application/pdf", "image/jpeg"]),
        (FEEDS[2], vec!["audio/wav", "application/pdf", "image/jpeg"]),
    ] {
        let enclosures = enclosures(&site, &site.get(feed).await);
        assert_eq!(enclosures.iter().map(|(.., kind)| kind.as_str()).collect::<Vec<_>>(), kinds, "{feed}");
        for (path, length, mime_type) in enclosures {
            let head = site.send(site.request(Method::HEAD, &path)).await;
            assert_eq!(
                (head.is(200).header("content-length"), head.header("content-type")),
                (length, mime_type),
                "{path}"
            );
        }
    }
}

#[actix_web::test]
async fn an_article_without_a_recording_encloses_its_picture() {
    let site = Site::start().await;
    let picture = site.person([Editor]).await.uploads("a.jpg", &jpeg(40, 30)).await;
    let article = site.article().await.with("image", json!({ "media_id": picture.id, "alt": "x" }));
    site.live(article).await;
    let channel = rss(&site.get(FEEDS[0]).await);
    let enclosure = channel.items()[0].enclosure().unwrap();
    assert_eq!(enclosure.url(), format!("{}{}", site.base, picture.url()));
    assert_eq!(enclosure.length(), picture.field("size").to_string());
}

#[actix_web::test]
async fn whole_texts_hold_absolute_addresses() {
    let site = Site::with(|settings| {
        settings.site_url = Some("https://tinh.example/tin".parse().unwrap());
        settings.article_url = Some("https://www.tinh.example/{category}/{slug}".to_owned());
    })
    .await;
    let editor = site.person([Editor]).await;
    let (picture, document) = (editor.uploads("a.jpg", &jpeg(40, 30)).await, editor.uploads("a.pdf", &pdf("x")).await);
    let path = |file: &Handle| file.url().strip_prefix("https://tinh.example").unwrap().to_owned();
    let body = format!(
        "<p><a href=\"{}\">a</a> <a href=\"/gioi-thieu\">b</a> <a href=\"#muc-2\">c</a> <a href=\"khac?x=1&amp;y=2\">d</a> \
         <a href=\"mailto:vanthu@tinh.example\">e</a> <a href=\"https://a.example/x\">f</a></p><img src=\"{}\" alt=\"x\">",
        path(&document),
        path(&picture)
    );
    let live = site.live(site.article().await.with("body", body).with("slug", "lich")).await;
    assert_eq!(live.slug(), "lich");

    for feed in FEEDS {
        let answer = site.get(&format!("{feed}?full=true")).await;
        let entry = said(&answer).entries[0].clone();
        assert_eq!(entry.page, "https://www.tinh.example/thong-bao/lich");
        let content = entry.content.unwrap();
        for address in [
            document.url(),
            picture.url(),
            "https://tinh.example/gioi-thieu",
            "https://www.tinh.example/thong-bao/lich#muc-2",
            "https://www.tinh.example/thong-bao/khac?x=1&amp;y=2",
            "mailto:vanthu@tinh.example",
            "https://a.example/x",
        ] {
            assert!(content.contains(&format!("=\"{address}\"")), "{address} in {content}");
        }
        assert!(said(&answer).this.starts_with("https://tinh.example/feeds/"), "{}", said(&answer).this);
    }
}

#[actix_web::test]
async fn an_article_that_is_elsewhere_says_where() {
    let site = Site::start().await;
    let article = site.article().await.without("body").with("external_url", "https://congbao.example/a?b=1&c=2");
    site.live(article).await;
    for feed in FEEDS {
        let content = read(&site, &format!("{feed}?full=true")).await.entries[0].content.clone().unwrap();
        assert!(content.contains("<a href=\"https://congbao.example/a?b=1&amp;c=2\">"), "{content}");
    }
    assert_eq!(site.get(FEEDS[2]).await.body["items"][0]["external_url"], "https://congbao.example/a?b=1&c=2");
}

#[actix_web::test]
async fn a_page_of_whole_texts_has_a_bound_and_goes_on_behind_it() {
    let site = Site::start().await;
    let article = site.article().await;
    let body = format!("<p>{}</p>", "dài ".repeat(200_000));
    for number in 1..=3 {
        site.live(article.clone().titled(&format!("Dài {number}")).with("body", body.clone())).await;
    }
    for feed in FEEDS {
        let first = read(&site, &format!("{feed}?full=true")).await;
        assert_eq!(first.titles(), ["Dài 3", "Dài 2"]);
        let second = read(&site, super::path_at(&site, &first.next.unwrap())).await;
        assert_eq!((second.titles(), &second.next), (vec!["Dài 1"], &None));
    }
}

#[actix_web::test]
async fn a_stranger_cannot_have_others_sent_to_their_host() {
    let site = Site::start().await;
    site.live(site.article().await).await;
    for feed in FEEDS {
        let asks =
            site.request(Method::GET, feed).header("host", "evil.example").header("x-forwarded-host", "evil.example");
        let answer = site.send(asks.header("forwarded", "host=evil.example")).await;
        assert!(!String::from_utf8_lossy(&answer.is(200).bytes).contains("evil.example"));
        assert_eq!(read(&site, feed).await.entries.len(), 1);
    }
}

#[actix_web::test]
async fn what_xml_cannot_hold_breaks_no_feed() {
    let site = Site::start().await;
    let live = site.live(site.article().await.titled("Tin").with("summary", "một")).await;
    // As old texts hold it that never went through this service's cleaning.
    site.sql(&format!(
        "UPDATE published_articles SET shown = replace(shown, 'một', 'm\\u000bộ\\uffff]]>t') WHERE article_id = '{}'; \
         UPDATE publication_state SET generation = generation + 1",
        live.id
    ))
    .unwrap();
    let channel = rss(&site.get("/feeds/rss.xml?limit=7").await);
    assert_eq!(channel.items()[0].description(), Some("mộ]]&gt;t"));
    let feed = atom(&site.get("/feeds/atom.xml?limit=7").await);
    assert_eq!(feed.entries()[0].summary().unwrap().as_str(), "mộ]]>t");
}

#[actix_web::test]
async fn what_was_put_right_is_told_in_each_form() {
    let site = Site::start().await;
    let live = site.live(site.article().await.with("summary", "Tóm tắt")).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let edited = editor.edits(&editor.sees(&live).await, json!({ "title": "Đã sửa" })).await;
    let approved = approver.approves(&editor.does(Submit, &edited).await).await;
    approver.publishes_with(&approved, json!({ "correction": "Ngày họp là <15/12>" })).await;

    for feed in FEEDS {
        let answer = site.get(&format!("{feed}?full=true")).await;
        let entry = said(&answer).entries[0].clone();
        assert_eq!(entry.id, format!("urn:uuid:{}", live.id));
        let content = entry.content.unwrap();
        assert!(content.contains("<em>Đính chính (") && content.contains("Ngày họp là &lt;15/12&gt;"), "{content}");
    }
    let item = site.get(FEEDS[2]).await.body["items"][0].clone();
    let summary = item["summary"].as_str().unwrap();
    assert!(summary.starts_with("Tóm tắt\n\nĐính chính (") && summary.ends_with("Ngày họp là <15/12>"), "{summary}");
    assert!(item["date_modified"].as_str() > item["date_published"].as_str(), "it is an update");
}
