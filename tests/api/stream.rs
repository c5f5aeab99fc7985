//! The change feed as server-sent events.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::join_all, stream::BoxStream};
use reqwest::Method;
use serde_json::{Value, json};
use tintuc::newsroom::Transition::{Submit, Unpublish};

use crate::support::{Approver, Editor, Site, an_article, contract, in_minutes, mirror::Mirror};

/// An event as it arrived.
#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// Somebody who listens.
struct Listener {
    bytes: BoxStream<'static, Vec<u8>>,
    heard: String,
    /// The last id.
    id: String,
}

impl Listener {
    async fn of(site: &Site, query: &str, last: Option<&str>) -> Self {
        // As browsers do.
        let request = site.request(Method::GET, &format!("/api/v1/stream{query}"));
        let mut request = request.header("Accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let bytes = response.bytes_stream().map(|bytes| bytes.unwrap().to_vec()).boxed();
        let mut listener = Self { bytes, heard: String::new(), id: String::new() };
        // From where it goes on is told at once.
        while listener.id.is_empty() {
            let block = listener.block().await;
            listener.notes(&block);
        }
        listener
    }

    /// The next lines up to an empty one.
    async fn block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.heard.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.heard = rest;
                return block;
            }
            let bytes = tokio::time::timeout(Duration::from_secs(20), self.bytes.next()).await;
            let bytes = bytes.expect("something in time").expect("no end");
            self.heard.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    fn notes(&mut self, block: &str) {
        if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
            id.clone_into(&mut self.id);
        }
    }

    /// The next event.
    async fn hears(&mut self) -> Event {
        loop {
            let block = self.block().await;
            self.notes(&block);
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            let Some(data) = line("data: ") else { continue };
            let data: Value = serde_json::from_str(&data).unwrap();
            let name = line("event: ").unwrap();
            assert_eq!(data["type"], json!(name));
            if !data["data"]["article"].is_null() {
                contract::validate("/components/schemas/SingleArticle", &data["data"]["article"]);
            }
            return Event { name, id: self.id.clone(), data: data["data"].clone() };
        }
    }
}

#[actix_web::test]
async fn what_is_published_replaced_and_taken_back_is_heard_as_it_happens() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    site.live(an_article().filed_under(&category).titled("Từ trước")).await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let approved = site.approved(an_article().filed_under(&category).titled("Bão số 9")).await;
    let mut listener = Listener::of(&site, "", None).await;

    let live = approver.publishes(&approved).await;
    let published = Instant::now();
    let event = listener.hears().await;
    // How soon is measured in `bench/`, on a machine that has nothing else to do; a beat comes later than this.
    assert!(published.elapsed() < Duration::from_secs(10), "{:?}", published.elapsed());
    assert_eq!((&*event.name, &event.data["article"]["title"]), ("article.published", &json!("Bão số 9")));
    let mut article = site.public(&live).await.data().clone();
    article.as_object_mut().unwrap().remove("related");
    assert_eq!(event.data, json!({ "id": live.id, "article": article }));

    let edited = editor.edits(&live, json!({ "title": "Bão số 9 đổi hướng" })).await;
    let live = approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;
    let event = listener.hears().await;
    assert_eq!((&*event.name, &event.data["article"]["title"]), ("article.updated", &json!("Bão số 9 đổi hướng")));

    approver.does(Unpublish, &live).await;
    let event = listener.hears().await;
    assert_eq!((&*event.name, &event.data["reason"]), ("article.unpublished", &json!("withdrawn")));
    assert_eq!(event.data["id"], json!(live.id));

    let again = approver.sees(&live).await;
    approver.publishes(&again).await;
    assert_eq!(listener.hears().await.name, "article.published");
}

#[actix_web::test]
async fn what_is_urgent_is_heard_as_such_once() {
    let site = Site::start().await;
    let (editor, approver) = (site.person([Editor]).await, site.person([Approver]).await);
    let approved = site.approved(site.article().await.titled("Sơ tán khẩn cấp")).await;
    let mut listener = Listener::of(&site, "", None).await;
    let began = listener.id.clone();

    let live = approver.publishes_with(&approved, json!({ "urgent_until": in_minutes(60) })).await;
    assert_eq!([listener.hears().await.name, listener.hears().await.name], ["article.published", "article.urgent"]);

    let edited = editor.edits(&live, json!({ "title": "Sơ tán xong" })).await;
    approver.publishes(&approver.approves(&editor.does(Submit, &edited).await).await).await;
    assert_eq!(listener.hears().await.name, "article.updated");
    site.live(an_article().filed_under("thong-bao").titled("Sau đó")).await;
    assert_eq!(listener.hears().await.data["article"]["title"], "Sau đó");
    let mut late = Listener::of(&site, "", Some(&began)).await;
    let heard = [late.hears().await.name, late.hears().await.name];
    assert_eq!(heard, ["article.published"; 2], "what is not urgent any more is not told so");
}

#[actix_web::test]
async fn who_listens_to_a_part_hears_the_same_as_the_others_with_a_place_of_their_own() {
    let site = Site::start().await;
    let approver = site.person([Approver]).await;
    let approved = site.approved(site.article().await.titled("Sơ tán khẩn cấp")).await;
    let mut all = Listener::of(&site, "", None).await;
    let mut more = Listener::of(&site, "", None).await;
    let mut part = Listener::of(&site, "?locale=vi", None).await;

    let live = approver.publishes_with(&approved, json!({ "urgent_until": in_minutes(60) })).await;

    let mut heard = Vec::new();
    for listener in [&mut all, &mut more, &mut part] {
        let events = [listener.hears().await, listener.hears().await];
        heard.push(events.map(|event| (event.name, event.data)));
    }
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0], heard[2]);
    assert_ne!(all.id, part.id);
    approver.does(Unpublish, &live).await;
    for (listener, filter) in [(all, ""), (part, "?locale=vi")] {
        let mut late = Listener::of(&site, filter, Some(&listener.id)).await;
        assert_eq!(late.hears().await.name, "article.unpublished");
    }
}

#[actix_web::test]
async fn who_listens_to_a_tag_or_waits_for_one_hears_of_its_first_article() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let mut listener = Listener::of(&site, "?tag=bao-so-9", None).await;
    let mut mirror = Mirror::of("tag=bao-so-9");
    mirror.follows(&site).await;
    let mut waiting = mirror.clone();
    let address = format!("{}&wait=20", mirror.address());
    let article = an_article().filed_under(&category).tagged(["Bão số 9"]).titled("Bão");
    let approved = site.approved(article).await;
    let approver = site.person([Approver]).await;

    let (waited, _) = tokio::join!(site.get(&address), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        approver.publishes(&approved).await
    });

    assert_eq!(listener.hears().await.data["article"]["title"], "Bão");
    assert_eq!(waiting.takes(&waited).0, ["upsert Bão"]);
}

#[actix_web::test]
async fn who_was_cut_off_goes_on_where_they_were_and_may_go_over_to_asking() {
    let site = Site::start().await;
    let category = site.category("Thông báo").await;
    let article = |title: &str| an_article().filed_under(&category).titled(title);
    let mut listener = Listener::of(&site, "?category=thong-bao", None).await;
    let first = site.live(article("Một")).await;
    let heard = listener.hears().await;
    drop(listener);
    site.live(article("Hai")).await;
    site.live(an_article().filed_under(&site.category("Khác").await)).await;
    site.person([Approver]).await.does(Unpublish, &first).await;

    let mut listener = Listener::of(&site, "?category=thong-bao", Some(&heard.id)).await;

    let event = listener.hears().await;
    assert_eq!((&*event.name, &event.data["article"]["title"]), ("article.published", &json!("Hai")));
    assert_eq!(listener.hears().await.name, "article.unpublished");
    site.live(article("Ba")).await;
    assert_eq!(listener.hears().await.data["article"]["title"], "Ba");
    let mut mirror = Mirror::of("category=thong-bao");
    mirror.token = Some(listener.id.clone());
    site.live(article("Bốn")).await;
    assert_eq!(mirror.follows(&site).await, ["upsert Bốn"]);
    let mut listener = Listener::of(&site, "?category=thong-bao", mirror.token.as_deref()).await;
    site.live(article("Năm")).await;
    assert_eq!(listener.hears().await.data["article"]["title"], "Năm");
}

#[actix_web::test]
async fn what_the_clock_does_is_heard_too() {
    let site = Site::start().await;
    let approved = site.approved(site.article().await.titled("Đúng giờ")).await;
    let soon = chrono::Utc::now() + chrono::Duration::seconds(2);
    let until = soon + chrono::Duration::seconds(1);
    let times = json!({ "publish_at": soon, "expires_at": until });
    site.person([Approver]).await.publishes_with(&approved, times).await;
    let mut listener = Listener::of(&site, "", None).await;

    let event = listener.hears().await;
    assert_eq!((&*event.name, &event.data["article"]["title"]), ("article.published", &json!("Đúng giờ")));
    assert!(chrono::Utc::now() - soon < chrono::Duration::milliseconds(1000));
    let event = listener.hears().await;
    assert_eq!((&*event.name, &event.data["reason"]), ("article.unpublished", &json!("expired")));
}

#[actix_web::test]
async fn many_listen_and_one_reads() {
    let site = Site::start().await;
    let approved = site.approved(site.article().await.titled("Tin")).await;
    let mut listeners = join_all((0..100).map(|_| Listener::of(&site, "", None))).await;
    let approver = site.person([Approver]).await;
    let before = site.app.delivery.statements();

    approver.publishes(&approved).await;
    let events = join_all(listeners.iter_mut().map(Listener::hears)).await;

    assert!(events.iter().all(|event| event.data["article"]["title"] == "Tin"));
    let read = site.app.delivery.statements() - before;
    assert!(read < 60, "{read} statements");
}

#[actix_web::test]
async fn a_service_that_stops_lets_its_listeners_go() {
    let site = Site::start().await;
    let mut listener = Listener::of(&site, "", None).await;
    let waiting = site.get("/api/v1/sync?wait=30");
    let stopping = async {
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        site.app.feed.close();
    };

    let (answer, ()) = futures_util::join!(waiting, stopping);

    answer.is(200);
    assert!(listener.bytes.next().await.is_none());
    site.get("/api/v1/sync?wait=1").await.is_problem(503, "unavailable");
    site.get("/api/v1/sync").await.is(200);
}
