//! The podcast, as players have it.

use reqwest::Method;
use serde_json::json;
use tintuc::newsroom::Transition::Unpublish;

use super::{path_at, read, rss};
use crate::support::{Approver, Editor, Site, files::wav, person::Handle};

const PODCAST: &str = "/feeds/podcast.xml";

/// An article that is read aloud for so many seconds.
async fn read_aloud(site: &Site, title: &str, seconds: u32) -> Handle {
    let recording = site.person([Editor]).await.uploads("Bản tin.wav", &wav(seconds)).await;
    let article = site.article().await.titled(title).with("summary", "Nghe & đọc");
    let article = article.with("author", json!({ "name": "Đài Phát thanh" }));
    site.live(article.with("audio", json!({ "media_id": recording.id }))).await
}

#[actix_web::test]
async fn the_podcast_holds_what_is_read_aloud_and_nothing_else() {
    let site = Site::start().await;
    site.live(site.article().await.titled("Chỉ để đọc")).await;
    let first = read_aloud(&site, "Một", 1).await;
    read_aloud(&site, "Hai", 2).await;
    let recording = site.person([Editor]).await.uploads("Dự thảo.wav", &wav(3)).await;
    site.approved(site.article().await.titled("Chưa đăng").with("audio", json!({ "media_id": recording.id }))).await;
    assert_eq!(read(&site, PODCAST).await.titles(), ["Hai", "Một"]);

    let approver = site.person([Approver]).await;
    approver.does(Unpublish, &approver.sees(&first).await).await;

    assert_eq!(read(&site, PODCAST).await.titles(), ["Hai"]);
}

#[actix_web::test]
async fn an_episode_says_what_players_ask_for() {
    let site = Site::with(|settings| {
        settings.feeds.site_name = "Bản tin tỉnh".to_owned();
        settings.feeds.site_description = Some("Tin trong ngày".to_owned());
        settings.feeds.podcast_image = Some("https://tinh.example/bia.jpg".parse().unwrap());
        settings.feeds.podcast_category = "Government".to_owned();
    })
    .await;
    let live = read_aloud(&site, "Một", 2).await;

    let channel = rss(&site.get(PODCAST).await);

    assert_eq!((channel.title(), channel.description()), ("Bản tin tỉnh", "Tin trong ngày"));
    let series = channel.itunes_ext().unwrap();
    assert_eq!(series.image(), Some("https://tinh.example/bia.jpg"));
    assert_eq!(series.categories()[0].text(), "Government");
    assert_eq!((series.explicit(), series.author()), (Some("false"), Some("Bản tin tỉnh")));
    assert_eq!(series.owner(), None, "an address to write to");
    assert_eq!(channel.extensions()["podcast"]["medium"][0].value(), Some("podcast"));
    let [item] = channel.items() else { panic!("one episode") };
    let episode = item.itunes_ext().unwrap();
    assert_eq!((episode.duration(), episode.author()), (Some("2"), Some("Đài Phát thanh")));
    assert_eq!((episode.summary(), episode.episode_type()), (Some("Nghe & đọc"), Some("full")));
    assert_eq!(item.guid().unwrap().value(), format!("urn:uuid:{}", live.id));
    assert!(!item.extensions().contains_key("media"), "players take pictures for episodes");
    let enclosure = item.enclosure().unwrap();
    let head = site.send(site.request(Method::HEAD, path_at(&site, enclosure.url()))).await;
    assert_eq!(head.is(200).header("content-length"), enclosure.length());
    assert_eq!(head.header("content-type"), enclosure.mime_type());
    assert_eq!(head.header("accept-ranges"), "bytes", "players seek");
    let bare = Site::start().await;
    assert_eq!(rss(&bare.get(PODCAST).await).itunes_ext().unwrap().image(), None);
}

#[actix_web::test]
async fn the_podcast_is_paged_and_kept() {
    let site = Site::start().await;
    for title in ["Một", "Hai", "Ba"] {
        read_aloud(&site, title, 1).await;
    }
    let first = read(&site, "/feeds/podcast.xml?limit=2").await;
    let next = path_at(&site, first.next.as_deref().unwrap()).to_owned();
    let second = read(&site, &next).await;
    assert_eq!((first.titles(), second.titles()), (vec!["Ba", "Hai"], vec!["Một"]));
    assert_eq!(second.next, None);
    let before = site.app.delivery.statements();
    let known = site.get(&next).await.header("etag");
    site.send(site.request(Method::GET, &next).header("if-none-match", known)).await.is(304);
    assert_eq!(site.app.delivery.statements(), before);

    let cursor = next.split("cursor=").nth(1).unwrap();
    site.get(&format!("/feeds/rss.xml?limit=2&cursor={cursor}")).await.is_problem(400, "invalid_cursor");
    site.get("/feeds/podcast.xml?category=x").await.is_problem(400, "unknown_parameter");
    let plan = site.plan(
        "SELECT article_id FROM delivery.recordings WHERE (published_at, article_id) < (now(), '01a21f6a-9864-73db-b8ef-ae3be412f6e4'::uuid) \
         ORDER BY published_at DESC, article_id DESC LIMIT 20",
    );
    assert!(plan.contains("published_articles_read_aloud") && !plan.contains("Sort"), "{plan}");
}
